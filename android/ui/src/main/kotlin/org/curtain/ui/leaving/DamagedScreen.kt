package org.curtain.ui.leaving

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.DamagedActions
import org.curtain.kit.screen.DamagedState
import org.curtain.kit.screen.Look
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.TonalButton
import org.curtain.ui.theme.Curtain

/** What can't be opened was put aside, never replaced: exported sealed, recovered, or left where it is. */
@Composable
fun DamagedScreen(state: DamagedState, actions: DamagedActions) {
    val words = Curtain.words
    val (title, why) = when {
        state.otherPhone -> words.damagedOther to words.damagedOtherWhy
        state.restored -> words.damagedRestored to words.damagedRestoredWhy
        else -> words.lockDamaged to words.lockDamagedWhy
    }
    ScreenFrame(
        bottom = {
            Dock {
                if (state.otherPhone) {
                    PrimaryButton(words.damagedRecover, actions::recover, Modifier.fillMaxWidth(), Icons.Key)
                    CurtainButton(words.damagedClean, actions::startClean, Modifier.fillMaxWidth(), ButtonLook.OUTLINE)
                } else {
                    PrimaryButton(words.damagedExport(state.institution), actions::export, Modifier.fillMaxWidth(), Icons.IosShare)
                    TonalButton(words.damagedWithout, actions::keepWorking, Modifier.fillMaxWidth())
                    CurtainButton(words.damagedRecover, actions::recover, Modifier.fillMaxWidth(), ButtonLook.QUIET, small = true)
                }
            }
        },
        margin = 20.dp,
    ) {
        Column(Modifier.fillMaxWidth().padding(top = 56.dp, bottom = 16.dp), Arrangement.spacedBy(12.dp)) {
            Avatar(icon = if (state.otherPhone) Icons.Mobile else Icons.Info, look = Look.REVIEW, modifier = Modifier.size(52.dp))
            Text(title, Modifier.semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.display)
            Text(why, color = Curtain.colors.ink2, style = Curtain.type.body)
            CurtainCard {
                Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(5.dp)) {
                    Line(words.receiptWorkspace, state.institution)
                    if (state.setAside > 0) Line(words.damagedAside, "${state.setAside}")
                }
            }
        }
    }
}
