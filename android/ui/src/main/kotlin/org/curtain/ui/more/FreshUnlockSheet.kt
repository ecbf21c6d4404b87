package org.curtain.ui.more

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.FreshUnlockState
import org.curtain.kit.screen.LockActions
import org.curtain.ui.lock.Dots
import org.curtain.ui.lock.PinPad
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.task.Caption
import org.curtain.ui.theme.Curtain

/** The passcode once more, for one act; the digits go where those of the lock screen go. */
@Composable
fun FreshUnlockSheet(state: FreshUnlockState, actions: LockActions, onCancel: () -> Unit) {
    val words = Curtain.words
    SheetFrame(words.freshTitle, onCancel, words.freshWhy) {
        Column(Modifier.fillMaxWidth().padding(top = 16.dp), Arrangement.spacedBy(16.dp), Alignment.CenterHorizontally) {
            Dots(state.typed)
            val wrong = listOfNotNull(words.lockWrong.takeIf { state.didNotMatch }, state.triesLeft?.takeIf { state.didNotMatch }?.let { words.lockTries(it) }).joinToString(" ")
            Caption(wrong, Modifier.fillMaxWidth().semantics { liveRegion = LiveRegionMode.Polite }, align = TextAlign.Center)
            PinPad(actions, enabled = true, fingerprint = false, enter = state.typed > 0)
            CurtainButton(words.cancel, onCancel, Modifier.fillMaxWidth(), ButtonLook.QUIET)
        }
    }
}
