package org.curtain.kit.screen

/** The lock screen of one workspace. Counts only: nothing of a patient is on it. */
data class LockState(
    val workspaces: List<WorkspaceTab>,
    val institution: String,
    val drafts: Int,
    val uncharted: Int,
    val typed: Int,
    val phase: Phase,
    val busy: Boolean = false,
    val biometry: Biometry = Biometry.OFF,
    /** True right after a guess that did not match. */
    val didNotMatch: Boolean = false,
    val triesLeft: Int? = null,
    val totalTries: Int? = null,
    val passphrase: Boolean = false,
    val clockWentBack: Boolean = false,
) {
    /** What it asks for, or why it asks for nothing. */
    sealed interface Phase {
        data object Enter : Phase
        /** A wait of [totalSeconds], of which [secondsLeft] are left; [nextSeconds] is the wait after another wrong guess. */
        data class Wait(val secondsLeft: Int, val totalSeconds: Int, val nextSeconds: Int?) : Phase
        data object Blocked : Phase
        data object LeaseOver : Phase
        data object KeyGone : Phase
        data object Damaged : Phase
        data object OtherPhone : Phase
        data object NotNow : Phase
        data object Update : Phase
        /** No workspace yet: [step] of enrolment. */
        data class FirstRun(val step: EnrolStep) : Phase
    }

    enum class Biometry { OFF, READY, PASSCODE_FIRST, CHANGED }
}

data class WorkspaceTab(val id: String, val institution: String, val selected: Boolean)

/** Enrolment: show the request as QR, take the answer, compare six words, choose a passcode twice. */
sealed interface EnrolStep {
    class ShowRequest(val document: ByteArray) : EnrolStep
    data class CompareWords(val words: List<String>) : EnrolStep
    data class ChoosePasscode(val typed: Int, val weakness: String?) : EnrolStep
    data class RepeatPasscode(val typed: Int, val differs: Boolean) : EnrolStep
}

/** Where a passcode is typed: nothing of it is kept in a screen. */
interface PadActions {
    fun key(digit: Char)
    fun character(codePoint: Int)
    fun backspace()
    fun enter()
}

interface LockActions : PadActions {
    fun fingerprint()
    fun togglePassphrase()
    fun choose(workspace: String)
    fun receive()
    fun askInstitution()
    fun wordsMatch(match: Boolean)
    fun limits()
}

/** Receiving an order, a lease, a policy or an enrolment by camera or file. */
data class ReceiveState(
    val phase: Phase,
    /** While false the screen shows how to allow it, beside the way by file. */
    val cameraAllowed: Boolean = true,
) {
    sealed interface Phase {
        data object Scan : Phase
        data class Parts(val have: Int, val of: Int) : Phase
        /** Nothing changed. */
        data class Refused(val why: Why) : Phase
        /** [waiting] for the next unlock. */
        data class Done(val waiting: Boolean) : Phase
    }

    enum class Why { OLDER, OTHER_PHONE, SIGNATURE, EXPIRED, WAITS, UNKNOWN }
}

interface ReceiveActions {
    /** Opens the camera again, after it was left or what it read was refused. */
    fun scan()
    fun scanned(part: ByteArray)
    fun chooseFile()
    fun finish()
}
