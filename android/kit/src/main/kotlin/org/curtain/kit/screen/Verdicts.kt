package org.curtain.kit.screen

/** The seven verdicts, and a channel that the policy bans outright. One style of the screen for each. */
enum class Look { BLOCK, OFF, REDIRECT, CONSENT, REWRITE, REVIEW, DOCUMENT, ALLOW }

/** How a marked span is drawn; from the weakest to the strongest, which wins where two overlap. */
enum class Mark { NOTE, BLIND, CHANGE, STOP }

/** The ways to reach somebody, as `Channel` of the core, plus order entry, which is no channel but a destination. */
enum class Way { PORTAL, SECURE_MESSAGING, TELEHEALTH, EMAIL, WHATSAPP, IMESSAGE, SMS, PERSONAL_EMAIL, PHONE, ORDER_ENTRY }

/** Who is written to. */
enum class To { PATIENT, COLLEAGUE, GROUP }

/**
 * A part of the text with a reason.
 *
 * @property start index of its first UTF-16 unit; [end] of the one after its last: Kotlin's own indices.
 * @property reason in plain words, at most 90 characters, in the clinician's language.
 * @property rule the rule's id and [source] where it comes from: for "Why this rule".
 * @property quoted the words themselves, for the card's title. Patient text: never logged; [toString] leaves it out.
 */
class MarkedSpan(
    val start: Int,
    val end: Int,
    val mark: Mark,
    val quoted: String,
    val reason: String,
    val rule: String,
    val source: String,
) {
    override fun equals(other: Any?): Boolean = other is MarkedSpan && start == other.start && end == other.end &&
        mark == other.mark && quoted == other.quoted && reason == other.reason && rule == other.rule && source == other.source

    override fun hashCode(): Int = (start * 31 + end) * 31 + rule.hashCode()

    override fun toString(): String = "MarkedSpan($start..$end, $mark, $rule)"
}

/** One cell of the channel bar: [word] is the short verdict ("No", "Portal", "OK + chart"). */
data class ChannelCell(val way: Way, val look: Look, val word: String, val selected: Boolean, val best: Boolean)

/** What a ready text is: asks to call, a portal notice, or the draft with the smallest change. */
enum class ReadyKind { CALL_US, READY_TEXT, SMALLEST_CHANGE }

/** A text that may go: [units] of [single] that fit into one SMS of its alphabet. */
class ReadyText(val kind: ReadyKind, val way: Way, val look: Look, val text: String, val units: Int, val single: Int) {
    override fun equals(other: Any?): Boolean = other is ReadyText && kind == other.kind && way == other.way && look == other.look &&
        text == other.text && units == other.units && single == other.single

    override fun hashCode(): Int = text.hashCode()

    override fun toString(): String = "ReadyText($kind, $way, $units of $single)"
}

/** Two identifiers beside the name, wherever patients can be mixed up. Patient data: [toString] says nothing. */
class Who(val id: String, val name: String, val born: String?, val record: String?) {
    /** At most two letters for the avatar, which screen readers skip. */
    val initials: String
        get() = name.split(' ').filter(String::isNotBlank).let { listOfNotNull(it.firstOrNull(), it.drop(1).lastOrNull()) }
            .joinToString("") { it.substring(0, it.offsetByCodePoints(0, 1)) }

    override fun equals(other: Any?): Boolean =
        other is Who && id == other.id && name == other.name && born == other.born && record == other.record

    override fun hashCode(): Int = id.hashCode()

    override fun toString(): String = "Who"
}

/** A failure in words of its own, in place: what is safe, and the one action. [detail] is a constant of the library. */
data class Trouble(val kind: Kind, val detail: String = "", val seconds: Int = 0) {
    /** One for each [org.curtain.kit.NextStep] that is shown in place. */
    enum class Kind {
        TRY_AGAIN, AUTHENTICATE_PHONE, ASK_PASSCODE, DAMAGED, RESTORED, UPDATE, FIELD, GONE, RULE, FREE_SPACE, REPORT,
        BLOCKED, KEY_GONE, OTHER_PHONE, UNSUPPORTED,
    }
}
