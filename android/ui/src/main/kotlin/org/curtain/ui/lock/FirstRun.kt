package org.curtain.ui.lock

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.EnrolStep
import org.curtain.kit.screen.LockActions
import org.curtain.kit.screen.LockState
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.QrCode
import org.curtain.ui.theme.Curtain

/** Enrolment: the phone's request as a code, six words compared, a passcode chosen twice. */
@Composable
internal fun FirstRunScreen(state: LockState, step: EnrolStep, actions: LockActions) {
    val words = Curtain.words
    when (step) {
        is EnrolStep.ShowRequest -> UnderDrape(
            150.dp,
            foot = {
                Column(Modifier.padding(horizontal = 20.dp), Arrangement.spacedBy(4.dp)) {
                    PrimaryButton(words.enrolReceive, actions::receive, Modifier.fillMaxWidth(), Icons.QrCodeScanner)
                    CurtainButton(words.lockLimits, actions::limits, Modifier.fillMaxWidth(), ButtonLook.QUIET, Icons.Info, small = true)
                }
            },
        ) {
            Spacer(Modifier.height(20.dp))
            LockTitle(words.enrolTitle, words.enrolShow)
            Spacer(Modifier.height(16.dp))
            val content = remember(step.document) { String(step.document, Charsets.UTF_8) }
            QrCode(content, words.enrolCode, Modifier.padding(horizontal = 40.dp).widthIn(max = 320.dp))
        }
        is EnrolStep.CompareWords -> UnderDrape(
            150.dp,
            foot = {
                Column(Modifier.padding(horizontal = 20.dp), Arrangement.spacedBy(8.dp)) {
                    PrimaryButton(words.enrolMatch, { actions.wordsMatch(true) }, Modifier.fillMaxWidth(), Icons.Check)
                    CurtainButton(words.enrolDiffer, { actions.wordsMatch(false) }, Modifier.fillMaxWidth(), ButtonLook.OUTLINE)
                }
            },
        ) {
            Spacer(Modifier.height(20.dp))
            LockTitle(words.enrolCompare, words.enrolCompareWhy)
            Spacer(Modifier.height(16.dp))
            CurtainCard(Modifier.padding(horizontal = 20.dp)) {
                step.words.forEachIndexed { at, word ->
                    Row(Modifier.fillMaxWidth().padding(vertical = 6.dp).semantics(mergeDescendants = true) {}, Arrangement.spacedBy(16.dp)) {
                        Text("${at + 1}", Modifier.widthIn(min = 24.dp), color = Curtain.colors.ink2, style = Curtain.type.title)
                        Text(word, color = Curtain.colors.ink, style = Curtain.type.title)
                    }
                }
            }
        }
        is EnrolStep.ChoosePasscode -> Choose(state, actions, step.typed, words.enrolChoose, step.weakness ?: words.enrolChooseWhy)
        is EnrolStep.RepeatPasscode -> Choose(state, actions, step.typed, words.enrolRepeat, if (step.differs) words.enrolRepeatDiffers else words.enrolRepeatWhy)
    }
}

@Composable
private fun Choose(state: LockState, actions: LockActions, typed: Int, title: String, why: String) {
    val words = Curtain.words
    UnderDrape(
        206.dp,
        foot = {
            Actions(Modifier.padding(horizontal = 16.dp)) {
                CurtainButton(
                    if (state.passphrase) words.lockDigits else words.lockPassphrase, actions::togglePassphrase, look = ButtonLook.QUIET,
                    icon = if (state.passphrase) Icons.Dialpad else Icons.Password, small = true,
                )
            }
        },
    ) {
        Spacer(Modifier.height(20.dp))
        LockTitle(title, why, live = true)
        Spacer(Modifier.height(18.dp))
        if (state.passphrase) {
            PassphraseField(typed, actions)
        } else {
            Dots(typed)
            Spacer(Modifier.height(20.dp))
            PinPad(actions, enabled = !state.busy, fingerprint = false, enter = typed >= DIGITS)
        }
    }
}
