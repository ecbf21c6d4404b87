package org.curtain.kit.screen

class LeavingState(
    val institution: String,
    val endsMs: Long?,
    val done: Int,
    val open: List<OpenGroup>,
    val finished: List<Finished>,
    val held: Int,
    /** What the main button leads to; null when all is done. */
    val next: Next?,
) {
    class Next(val kind: Waiting.Kind, val id: String, val who: Who?)
}

class OpenGroup(val kind: Waiting.Kind, val count: Int, val names: List<String>, val ids: List<String>)
data class Finished(val kind: Waiting.Kind, val count: Int)
enum class WhyDiscard { DUPLICATE, ENTERED_BY_MISTAKE, CHARTED_ELSEWHERE, NOT_SENT, HANDED_OVER }

interface LeavingActions {
    fun next()
    fun open(group: OpenGroup)
    fun discard(id: String, why: WhyDiscard)
    /** Seals everything that is open for the institution, as a file; nothing goes from the phone yet. */
    fun handOver()
    /** The institution has it: what was handed over, and was not written to since, goes. */
    fun arrived()
    fun erase()
}

/** [secondsLeft] of [total]; whatever stops it keeps everything. */
class CountdownState(val institution: String, val secondsLeft: Int, val total: Int, val patients: Int, val notes: Int, val photos: Int)

interface CountdownActions {
    fun stop()
}

/** A receipt as the phone signed it; [parts] are the QR codes' contents. */
class ReceiptState(
    val institution: String,
    val erasedMs: Long,
    val cause: String,
    val lines: List<Pair<String, String>>,
    val parts: List<String>,
    val left: Int,
    val acknowledged: Boolean,
)

interface ReceiptActions {
    fun save()
    fun done()
}

class DamagedState(val restored: Boolean, val otherPhone: Boolean, val setAside: Int, val institution: String)

interface DamagedActions {
    fun export()
    fun keepWorking()
    fun recover()
    fun startClean()
}

class SettingsState(
    val idleSeconds: Int,
    val idleLimitSeconds: Int,
    val idleChoices: List<Int>,
    val biometry: Boolean,
    val biometryAllowed: Boolean,
    val keystore: Keystore,
    val clipboardSeconds: Int,
    val haptics: Boolean,
    val workspaces: List<WorkspaceTab>,
) {
    enum class Keystore { SECURE_CHIP, TRUSTED_ENVIRONMENT, SOFTWARE }
}

interface SettingsActions {
    fun idle(seconds: Int)
    fun biometry(on: Boolean)
    fun changePasscode()
    fun haptics(on: Boolean)
    fun limits()
    fun evidence()
}

/** A fresh unlock asked for in place, for one act; the digits go where [LockActions] puts them. */
data class FreshUnlockState(val typed: Int, val didNotMatch: Boolean, val triesLeft: Int?, val busy: Boolean = false, val ask: Ask = Ask.PASSCODE) {
    /** What the digits are: the passcode, or a new one, twice. */
    enum class Ask { PASSCODE, NEW, REPEAT }
}

interface FreshUnlockActions {
    fun key(digit: Char)
    fun character(codePoint: Int)
    fun backspace()
    fun enter()
    fun cancel()
}

class PolicyState(
    val audience: To,
    val columns: List<String>,
    val rows: List<PolicyRow>,
    val exposure: List<Pair<Way, Int>>,
    val version: String,
    val signer: String?,
    val untilMs: Long?,
    val hash: String,
    val builtIn: Boolean,
    val expired: Boolean,
)

class PolicyRow(val way: Way, val note: String, val cells: List<PolicyCell>)
class PolicyCell(val look: Look, val sentence: String)

interface PolicyActions {
    fun audience(to: To)
    fun whatToSay()
}

class EvidenceState(val entries: Long, val unanchored: Int, val checkpoint: List<String>, val exportedMs: Long?)

interface EvidenceActions {
    fun show()
    fun export()
}
