package org.curtain.ui.lock

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.LockActions
import org.curtain.kit.screen.LockState
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.ShellActions
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.BottomEdge
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Drape
import org.curtain.ui.part.Fact
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.TonalButton
import org.curtain.ui.theme.Curtain

/** The lock screen in all its phases: counts only, nothing of a patient. */
@Composable
fun LockScreen(state: LockState, actions: LockActions, go: ShellActions) {
    when (val phase = state.phase) {
        LockState.Phase.Enter -> Enter(state, actions)
        is LockState.Phase.Wait -> Waiting(state, phase, actions)
        is LockState.Phase.FirstRun -> FirstRunScreen(state, phase.step, actions)
        LockState.Phase.Blocked -> Stopped(state, actions, Curtain.words.lockBlocked, Curtain.words.lockBlockedWhy(state.institution), ask = true)
        LockState.Phase.LeaseOver -> Stopped(state, actions, Curtain.words.leaseOver, Curtain.words.leaseOverWhy(state.institution)) {
            PrimaryButton(Curtain.words.leaseLeave, { go.open(Place.Leaving) }, Modifier.fillMaxWidth())
        }
        LockState.Phase.KeyGone -> Stopped(state, actions, Curtain.words.lockGone, Curtain.words.lockGoneWhy(state.institution), ask = true)
        LockState.Phase.Damaged -> Stopped(state, actions, Curtain.words.lockDamaged, Curtain.words.lockDamagedWhy) {
            PrimaryButton(Curtain.words.lockShow, { go.open(Place.Damaged(false)) }, Modifier.fillMaxWidth())
        }
        LockState.Phase.OtherPhone -> Stopped(state, actions, Curtain.words.lockOther, Curtain.words.lockOtherWhy) {
            PrimaryButton(Curtain.words.lockShow, { go.open(Place.Damaged(true)) }, Modifier.fillMaxWidth())
        }
        LockState.Phase.NotNow -> Stopped(state, actions, Curtain.words.lockNotnow, Curtain.words.lockNotnowWhy) {
            PrimaryButton(Curtain.words.tryAgain, actions::enter, Modifier.fillMaxWidth())
        }
        LockState.Phase.Update -> Stopped(state, actions, Curtain.words.lockUpdate, Curtain.words.lockUpdateWhy)
    }
}

/** The drape above, what is said under it, and what may be done at the foot of the screen; scrolls where type is large. */
@Composable
internal fun UnderDrape(drape: Dp, foot: @Composable ColumnScope.() -> Unit, content: @Composable ColumnScope.() -> Unit) {
    BoxWithConstraints(Modifier.fillMaxSize().background(Curtain.colors.ground)) {
        val short = maxHeight - 605.dp
        val hung = (if (Curtain.hugeType) 120.dp else if (Curtain.largeType) 180.dp else drape).coerceAtMost(maxOf(short, 96.dp))
        Column(Modifier.verticalScroll(rememberScrollState()).fillMaxWidth().heightIn(min = maxHeight), Arrangement.SpaceBetween) {
            Column(Modifier.fillMaxWidth(), horizontalAlignment = Alignment.CenterHorizontally) {
                Drape(hung)
                content()
            }
            Column(Modifier.fillMaxWidth(), horizontalAlignment = Alignment.CenterHorizontally) {
                Spacer(Modifier.height(12.dp))
                foot()
                BottomEdge()
            }
        }
    }
}

@Composable
internal fun LockTitle(title: String, second: String?, live: Boolean = false) {
    Text(title, Modifier.padding(horizontal = 24.dp).semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.title, textAlign = TextAlign.Center)
    if (second != null) {
        Text(
            second, Modifier.padding(start = 24.dp, end = 24.dp, top = 2.dp).widthIn(max = 340.dp).semantics { if (live) liveRegion = LiveRegionMode.Polite },
            color = Curtain.colors.ink2, style = Curtain.type.small, textAlign = TextAlign.Center,
        )
    }
}

@Composable
private fun Enter(state: LockState, actions: LockActions) {
    val words = Curtain.words
    val note = when {
        state.didNotMatch -> listOfNotNull(words.lockWrong, state.triesLeft?.let { words.lockTries(it) }).joinToString(" ")
        state.clockWentBack -> words.lockClock
        state.biometry == LockState.Biometry.CHANGED -> words.lockFinger
        state.biometry == LockState.Biometry.PASSCODE_FIRST -> words.lockPasscodeFirst
        state.drafts > 0 -> words.lockDrafts(state.drafts)
        state.uncharted > 0 -> words.lockUncharted(state.uncharted)
        else -> null
    }
    UnderDrape(
        310.dp,
        foot = {
            Actions(Modifier.padding(horizontal = 16.dp)) {
                CurtainButton(if (state.passphrase) words.lockDigits else words.lockPassphrase, actions::togglePassphrase, look = ButtonLook.QUIET, icon = if (state.passphrase) Icons.Dialpad else Icons.Password, small = true)
                CurtainButton(words.lockReceive, actions::receive, look = ButtonLook.QUIET, icon = Icons.QrCodeScanner, small = true)
            }
        },
    ) {
        Spacer(Modifier.height(20.dp))
        if (state.workspaces.size > 1) Workspaces(state.workspaces, actions::choose)
        LockTitle(state.institution, note, live = state.didNotMatch)
        Spacer(Modifier.height(18.dp))
        if (state.passphrase) {
            PassphraseField(state.typed, actions)
        } else {
            Dots(state.typed)
            Spacer(Modifier.height(20.dp))
            PinPad(actions, enabled = !state.busy, fingerprint = state.biometry == LockState.Biometry.READY && state.typed < DIGITS, enter = state.typed >= DIGITS)
        }
    }
}

@Composable
private fun Waiting(state: LockState, phase: LockState.Phase.Wait, actions: LockActions) {
    val words = Curtain.words
    UnderDrape(
        206.dp,
        foot = {
            Column(Modifier.padding(horizontal = 20.dp), Arrangement.spacedBy(4.dp)) {
                TonalButton(words.lockAsk(state.institution), actions::askInstitution, Modifier.fillMaxWidth(), Icons.Key)
                CurtainButton(words.lockReceive, actions::receive, Modifier.fillMaxWidth(), ButtonLook.QUIET, Icons.QrCodeScanner, small = true)
            }
        },
    ) {
        Spacer(Modifier.height(36.dp))
        Ring(phase.secondsLeft, phase.totalSeconds)
        Spacer(Modifier.height(24.dp))
        val tries = state.totalTries?.let { total -> state.triesLeft?.let { total - it } }
        LockTitle(words.lockWait, if (tries != null && tries > 0) words.lockWaitWhy(tries.toString()) else words.lockWaitShort)
        Spacer(Modifier.height(20.dp))
        CurtainCard(Modifier.padding(horizontal = 20.dp)) {
            Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(5.dp)) {
                if (state.triesLeft != null && state.totalTries != null) Fact(words.lockLeft, words.lockLeftOf("${state.triesLeft}", "${state.totalTries}"))
                phase.nextSeconds?.let { Fact(words.lockNext, if (it < 60) words.seconds("$it") else words.minutes("${it / 60}")) }
                if (state.drafts > 0) Fact(words.lockYourDrafts(state.drafts), words.lockSafe)
            }
            Text(words.lockWaitClock, Modifier.padding(top = 10.dp), color = Curtain.colors.ink2, style = Curtain.type.caption)
        }
    }
}

@Composable
private fun Stopped(state: LockState, actions: LockActions, title: String, why: String, ask: Boolean = false, primary: @Composable () -> Unit = {}) {
    UnderDrape(
        260.dp,
        foot = {
            Column(Modifier.padding(horizontal = 20.dp), Arrangement.spacedBy(4.dp)) {
                primary()
                if (ask) TonalButton(Curtain.words.lockAsk(state.institution), actions::askInstitution, Modifier.fillMaxWidth(), Icons.Key)
                CurtainButton(Curtain.words.lockReceive, actions::receive, Modifier.fillMaxWidth(), ButtonLook.QUIET, Icons.QrCodeScanner, small = true)
                CurtainButton(Curtain.words.lockLimits, actions::limits, Modifier.fillMaxWidth(), ButtonLook.QUIET, Icons.Info, small = true)
            }
        },
    ) {
        Spacer(Modifier.height(28.dp))
        if (state.workspaces.size > 1) Workspaces(state.workspaces, actions::choose)
        LockTitle(title, why)
        Spacer(Modifier.height(20.dp))
        if (state.drafts + state.uncharted > 0) {
            CurtainCard(Modifier.padding(horizontal = 20.dp)) {
                Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(5.dp)) {
                    if (state.drafts > 0) Fact(Curtain.words.lockYourDrafts(state.drafts), Curtain.words.lockSafe)
                    if (state.uncharted > 0) Fact(Curtain.words.lockToChart, "${state.uncharted}")
                }
            }
        }
        Box(Modifier.height(12.dp))
    }
}

internal const val DIGITS: Int = 6
