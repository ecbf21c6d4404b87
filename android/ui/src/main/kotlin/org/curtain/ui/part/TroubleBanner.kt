package org.curtain.ui.part

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Trouble
import org.curtain.ui.Words
import org.curtain.ui.icon.Icons
import org.curtain.ui.theme.Curtain

/** What did not work, what is safe, and what to do: in place, over what it is about, until it is dismissed or the place changes. */
@Composable
fun TroubleBanner(trouble: Trouble, onDismiss: () -> Unit, modifier: Modifier = Modifier) = Banner(
    AnnotatedString(Curtain.words.trouble(trouble)),
    modifier.semantics { liveRegion = LiveRegionMode.Polite },
    Icons.Info,
    Look.REWRITE,
    action = { IconTarget(Icons.Close, Curtain.words.close, onDismiss) },
)

/** The sentence of each kind. */
fun Words.trouble(trouble: Trouble): String = when (trouble.kind) {
    Trouble.Kind.TRY_AGAIN -> if (trouble.seconds > 0) troubleWait(trouble.seconds) else troubleTryAgain
    Trouble.Kind.AUTHENTICATE_PHONE -> troubleAuthenticatePhone
    Trouble.Kind.ASK_PASSCODE -> troubleAskPasscode
    Trouble.Kind.DAMAGED -> troubleDamaged
    Trouble.Kind.RESTORED -> troubleRestored
    Trouble.Kind.UPDATE -> troubleUpdate
    Trouble.Kind.FIELD -> troubleField
    Trouble.Kind.GONE -> troubleGone
    Trouble.Kind.RULE -> troubleRule
    Trouble.Kind.FREE_SPACE -> troubleFreeSpace
    Trouble.Kind.REPORT -> troubleReport(trouble.detail)
    Trouble.Kind.BLOCKED -> troubleBlocked
    Trouble.Kind.KEY_GONE -> troubleKeyGone
    Trouble.Kind.OTHER_PHONE -> troubleOtherPhone
    Trouble.Kind.UNSUPPORTED -> troubleUnsupported
}
