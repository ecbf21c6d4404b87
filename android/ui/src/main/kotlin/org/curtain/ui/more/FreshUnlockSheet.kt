package org.curtain.ui.more

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.FreshUnlockActions
import org.curtain.kit.screen.FreshUnlockState
import org.curtain.ui.icon.Icons
import org.curtain.ui.lock.Dots
import org.curtain.ui.lock.PassphraseField
import org.curtain.ui.lock.PinPad
import org.curtain.ui.part.Actions
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.task.Caption
import org.curtain.ui.theme.Curtain

/** The passcode once more, for one act, or a new one twice; as digits or as a passphrase. */
@Composable
fun FreshUnlockSheet(state: FreshUnlockState, actions: FreshUnlockActions) {
    val words = Curtain.words
    var passphrase by remember { mutableStateOf(false) }
    val (title, why) = when (state.ask) {
        FreshUnlockState.Ask.PASSCODE -> words.freshTitle to words.freshWhy
        FreshUnlockState.Ask.NEW -> words.freshNew to words.freshNewWhy
        FreshUnlockState.Ask.REPEAT -> words.freshRepeat to words.freshNewWhy
    }
    SheetFrame(title, actions::cancel, why) {
        Column(Modifier.fillMaxWidth().padding(top = 16.dp), Arrangement.spacedBy(16.dp), Alignment.CenterHorizontally) {
            val wrong = listOfNotNull(words.lockWrong.takeIf { state.didNotMatch }, state.triesLeft?.takeIf { state.didNotMatch }?.let { words.lockTries(it) }).joinToString(" ")
            Caption(wrong, Modifier.fillMaxWidth().semantics { liveRegion = LiveRegionMode.Polite }, align = TextAlign.Center)
            if (passphrase) {
                PassphraseField(state.typed, actions)
            } else {
                Dots(state.typed)
                PinPad(actions, enabled = !state.busy, enter = state.typed > 0)
            }
            Actions {
                CurtainButton(
                    if (passphrase) words.lockDigits else words.lockPassphrase, { passphrase = !passphrase }, look = ButtonLook.QUIET,
                    icon = if (passphrase) Icons.Dialpad else Icons.Password, small = true,
                )
                CurtainButton(words.cancel, actions::cancel, look = ButtonLook.QUIET, small = true)
            }
        }
    }
}
