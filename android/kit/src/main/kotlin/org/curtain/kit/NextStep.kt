package org.curtain.kit

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import org.curtain.core.CurtainException

/** What a shell does about a failure. Which failure asks for which step: [nextStep]. */
sealed interface NextStep {
    /** Show the lock screen; with [leaseOver] its words for a lease that is over. */
    data class ShowLock(val leaseOver: Boolean = false) : NextStep

    /** Stay on the lock screen and count [delay] down; [triesLeft] is known after a guess that did not match. */
    data class CountDown(val delay: Duration, val triesLeft: Int?) : NextStep

    /** Only the institution can help: show whom to ask, and [why]. */
    data class AskInstitution(val why: Why) : NextStep {
        /** Why only the institution can help. */
        enum class Why {
            /** Too many wrong passcodes: it sends an unlock order. */
            BLOCKED,

            /** This phone's keystore lost a key: it enrols the phone anew. */
            KEY_GONE,

            /** The files are of another phone or enrolment: it enrols the phone anew, or recovers. */
            OTHER_PHONE,

            /** This phone's keystore cannot do what is needed. */
            UNSUPPORTED,
        }
    }

    /** The workspace was erased: show its receipt. */
    data object ShowReceipt : NextStep

    /** Nothing is wrong that a moment does not mend: call again a little later. */
    data object TryAgain : NextStep

    /** Let the user authenticate to the phone (not to Curtain), then call again. */
    data object AuthenticatePhone : NextStep

    /** Ask for the passcode, get a token from `freshAuth`, then call again with it. */
    data object AskPasscode : NextStep

    /** Show "put aside, not erased"; with [restored] the words for files that were put back. */
    data class ShowDamaged(val restored: Boolean) : NextStep

    /** Ask for an update of the app. */
    data object ShowUpdate : NextStep

    /** Mark this field; the name is a constant of the library. */
    data class MarkField(val field: String) : NextStep

    /** The item is not there any more: read the list again. */
    data object Refresh : NextStep

    /** Explain which rule holds it back; the name is a constant of the library. */
    data class Explain(val rule: String) : NextStep

    /** Ask for some free space, then call again. */
    data object FreeSpace : NextStep

    /** A fault of Curtain's own: show the number, and lock. Nothing of a patient is in it. */
    data class Report(val code: Int) : NextStep
}

/** The one answer to each failure. The compiler keeps it complete: a new case of the core is a case here. */
fun CurtainException.nextStep(): NextStep = when (this) {
    is CurtainException.Locked -> NextStep.ShowLock()
    is CurtainException.LeaseOver -> NextStep.ShowLock(leaseOver = true)
    is CurtainException.WrongPasscode -> NextStep.CountDown(delayMs.duration(), triesLeft.toInt())
    is CurtainException.MustWait -> NextStep.CountDown(delayMs.duration(), triesLeft = null)
    is CurtainException.Blocked -> NextStep.AskInstitution(NextStep.AskInstitution.Why.BLOCKED)
    is CurtainException.Erased -> NextStep.ShowReceipt
    is CurtainException.KeyGone -> NextStep.AskInstitution(NextStep.AskInstitution.Why.KEY_GONE)
    is CurtainException.KeystoreNotNow -> NextStep.TryAgain
    is CurtainException.KeystoreNeedsAuth -> NextStep.AuthenticatePhone
    is CurtainException.KeystoreUnsupported -> NextStep.AskInstitution(NextStep.AskInstitution.Why.UNSUPPORTED)
    is CurtainException.NeedsFreshAuth -> NextStep.AskPasscode
    is CurtainException.Damaged -> NextStep.ShowDamaged(restored = false)
    is CurtainException.RolledBack -> NextStep.ShowDamaged(restored = true)
    is CurtainException.OtherPhone -> NextStep.AskInstitution(NextStep.AskInstitution.Why.OTHER_PHONE)
    is CurtainException.TooNew -> NextStep.ShowUpdate
    is CurtainException.Invalid -> NextStep.MarkField(`field`)
    is CurtainException.NotFound -> NextStep.Refresh
    is CurtainException.NotAllowed -> NextStep.Explain(rule)
    is CurtainException.Busy -> NextStep.TryAgain
    is CurtainException.NoSpace -> NextStep.FreeSpace
    is CurtainException.Internal -> NextStep.Report(code.toInt())
}

private fun ULong.duration(): Duration = coerceAtMost(Long.MAX_VALUE.toULong()).toLong().milliseconds
