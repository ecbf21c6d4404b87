package org.curtain.kit.screen

import org.curtain.core.Audience
import org.curtain.core.BiometryPause
import org.curtain.core.BiometryState
import org.curtain.core.CallOutcome
import org.curtain.core.Channel
import org.curtain.core.ChannelVerdict
import org.curtain.core.ChartKind
import org.curtain.core.ConsentStanding
import org.curtain.core.ContactOwner
import org.curtain.core.ContactPoint
import org.curtain.core.Destination
import org.curtain.core.DiscardReason
import org.curtain.core.HowGiven
import org.curtain.core.KeystoreStrength
import org.curtain.core.Lang
import org.curtain.core.Marked
import org.curtain.core.OpenItemKind
import org.curtain.core.Outcome
import org.curtain.core.Patient
import org.curtain.core.PatientSummary
import org.curtain.core.PhotoPurpose
import org.curtain.core.PhotoStanding
import org.curtain.core.Refused
import org.curtain.core.Reason
import org.curtain.core.Rewrite
import org.curtain.core.RewriteKind
import org.curtain.core.Script
import org.curtain.core.Severity
import org.curtain.core.Verdict

// What the core says, as the screens show it: all of it here, exhaustive by the compiler.

internal fun langOf(code: String): Lang = if (code.startsWith("es")) Lang.ES else Lang.EN

internal val Lang.code: String get() = when (this) {
    Lang.EN -> "en"
    Lang.ES -> "es"
}

internal val Channel.way: Way get() = when (this) {
    Channel.PORTAL -> Way.PORTAL
    Channel.SECURE_MESSAGING -> Way.SECURE_MESSAGING
    Channel.TELEHEALTH -> Way.TELEHEALTH
    Channel.EMAIL -> Way.EMAIL
    Channel.WHATSAPP -> Way.WHATSAPP
    Channel.IMESSAGE -> Way.IMESSAGE
    Channel.SMS -> Way.SMS
    Channel.PERSONAL_EMAIL -> Way.PERSONAL_EMAIL
    Channel.PHONE -> Way.PHONE
}

/** Null for what is no channel. */
internal val Way.channel: Channel? get() = Channel.entries.firstOrNull { it.way == this }

internal val Destination.way: Way get() = when (this) {
    Destination.PORTAL -> Way.PORTAL
    Destination.SECURE_MESSAGING -> Way.SECURE_MESSAGING
    Destination.TELEHEALTH -> Way.TELEHEALTH
    Destination.EMAIL -> Way.EMAIL
    Destination.SMS -> Way.SMS
    Destination.PHONE -> Way.PHONE
    Destination.ORDER_ENTRY -> Way.ORDER_ENTRY
}

internal val Audience.to: To get() = when (this) {
    Audience.PATIENT -> To.PATIENT
    Audience.COLLEAGUE -> To.COLLEAGUE
    Audience.GROUP -> To.GROUP
}

internal val To.audience: Audience get() = when (this) {
    To.PATIENT -> Audience.PATIENT
    To.COLLEAGUE -> Audience.COLLEAGUE
    To.GROUP -> Audience.GROUP
}

internal val Verdict.look: Look get() = when (this) {
    Verdict.Block -> Look.BLOCK
    is Verdict.Redirect -> Look.REDIRECT
    Verdict.NeedsConsent -> Look.CONSENT
    Verdict.Rewrite -> Look.REWRITE
    Verdict.Review -> Look.REVIEW
    Verdict.AllowAndDocument -> Look.DOCUMENT
    Verdict.Allow -> Look.ALLOW
}

internal val ChannelVerdict.look: Look get() = if (off) Look.OFF else verdict.look

/** Whether a text with this look may go. */
internal val Look.goes: Boolean get() = this == Look.ALLOW || this == Look.DOCUMENT

/** Whether [other] is less strict: then it is shown only once typing rests. */
internal fun Look.softensTo(other: Look): Boolean = strictness(other) < strictness(this)

private fun strictness(look: Look) = when (look) {
    Look.ALLOW -> 0
    Look.DOCUMENT -> 1
    Look.REVIEW -> 2
    Look.REWRITE -> 3
    Look.CONSENT -> 4
    Look.REDIRECT -> 5
    Look.BLOCK, Look.OFF -> 6
}

internal fun ChannelVerdict.cell(selected: Way?, best: Way?) =
    ChannelCell(channel.way, look, word, channel.way == selected, channel.way == best)

internal val Severity.mark: Mark get() = when (this) {
    Severity.NOTE -> Mark.NOTE
    Severity.BLIND -> Mark.BLIND
    Severity.WARN -> Mark.CHANGE
    Severity.STOP -> Mark.STOP
}

/** Null for a span that is not inside [text]: then it is of another one. */
internal fun Marked.shown(text: String): MarkedSpan? {
    val (start, end) = span.startUtf16.toInt() to span.endUtf16.toInt()
    if (start < 0 || end < start || end > text.length) return null
    return MarkedSpan(start, end, severity.mark, text.substring(start, end), reason, rule, source)
}

internal fun Rewrite.shown(): ReadyText {
    val kind = when (kind) {
        RewriteKind.SMALLEST_CHANGE -> ReadyKind.SMALLEST_CHANGE
        RewriteKind.READY_TEXT -> ReadyKind.READY_TEXT
        RewriteKind.CALL_US -> ReadyKind.CALL_US
    }
    return ReadyText(kind, channel.way, verdict.look, text, length.units.toInt(), length.single.toInt())
}

/** The sentence of a finding says more than the rule's: it is taken where there is one. */
internal fun Reason.line(findings: List<Marked>) =
    TraceLine(question.toInt(), verdict.look, rule, findings.firstOrNull { it.`class` == `class` && `class` != null }?.reason.orEmpty(), key)

internal val PatientSummary.who: Who get() = Who(id, displayName, dateOfBirth, identifier)

internal val Patient.who: Who get() = Who(id, fullName, dateOfBirth, identifiers.firstOrNull()?.value)

internal val Patient.fullName: String get() = names.firstOrNull()?.let { (it.given + it.family).filter(String::isNotBlank).joinToString(" ") }.orEmpty()

/** As the core writes [ContactOwner.Other] here: the name of the [Owner] in lower case; any other word is the institution's. */
internal val ContactPoint.whose: Owner get() = when (val owner = owner) {
    ContactOwner.Patient -> if (sharedWith == null) Owner.PATIENT else Owner.SHARED
    is ContactOwner.Other -> Owner.entries.firstOrNull { it.name.equals(owner.who, ignoreCase = true) } ?: Owner.FAMILY
}

internal val Owner.inCore: ContactOwner get() = when (this) {
    Owner.PATIENT, Owner.SHARED -> ContactOwner.Patient
    Owner.FAMILY, Owner.CAREGIVER, Owner.OTHER -> ContactOwner.Other(name.lowercase())
}

/** [answeredMs] when the answer in force was given, or the objection was made. */
internal fun ConsentStanding.banner(name: String, lastFour: String?, answeredMs: Long?): ConsentBanner? = when (this) {
    // Closed: the answer stands, but the policy no longer takes its basis.
    ConsentStanding.NotAsked, ConsentStanding.Closed -> ConsentBanner(ConsentBanner.Kind.NEEDED, name, null, lastFour)
    is ConsentStanding.InForce ->
        ConsentBanner(if (reviewDue) ConsentBanner.Kind.REVIEW_DUE else ConsentBanner.Kind.IN_FORCE, name, answeredMs, lastFour)
    ConsentStanding.Expired -> ConsentBanner(ConsentBanner.Kind.EXPIRED, name, null, lastFour)
    is ConsentStanding.Withdrawn -> ConsentBanner(ConsentBanner.Kind.WITHDRAWN, name, atMs, lastFour)
    ConsentStanding.Objected -> ConsentBanner(ConsentBanner.Kind.WITHDRAWN, name, answeredMs, lastFour)
    ConsentStanding.VoidNumberChanged -> ConsentBanner(ConsentBanner.Kind.NUMBER_CHANGED, name, null, lastFour)
}

internal val OpenItemKind.shown: Waiting.Kind get() = when (this) {
    OpenItemKind.UNCHARTED -> Waiting.Kind.COMMUNICATION
    OpenItemKind.UNCHARTED_NOTE -> Waiting.Kind.NOTE
    OpenItemKind.UNSENT -> Waiting.Kind.DRAFT_MESSAGE
    OpenItemKind.UNKNOWN_OUTCOME -> Waiting.Kind.OUTCOME
    OpenItemKind.NEEDS_CALL -> Waiting.Kind.CALL
}

internal val ChartKind.shown: Waiting.Kind get() = when (this) {
    ChartKind.COMMUNICATION -> Waiting.Kind.COMMUNICATION
    ChartKind.CONSENT -> Waiting.Kind.CONSENT
    ChartKind.INBOUND -> Waiting.Kind.INBOUND
    ChartKind.NOTE -> Waiting.Kind.NOTE
    ChartKind.PHOTO -> Waiting.Kind.PHOTO
}

internal val Outcome.shown: Sent get() = when (this) {
    Outcome.SENT -> Sent.YES
    Outcome.NOT_SENT -> Sent.NO
    Outcome.UNKNOWN -> Sent.UNKNOWN
}

internal val Sent.outcome: Outcome get() = when (this) {
    Sent.YES -> Outcome.SENT
    Sent.NO -> Outcome.NOT_SENT
    Sent.UNKNOWN -> Outcome.UNKNOWN
}

internal val Reached.outcome: CallOutcome get() = when (this) {
    Reached.REACHED -> CallOutcome.REACHED
    Reached.PASSED_ON -> CallOutcome.PASSED_ON
    Reached.NOT_REACHED -> CallOutcome.NOT_REACHED
}

internal val WhyDiscard.inCore: DiscardReason get() = when (this) {
    WhyDiscard.CHARTED_ELSEWHERE -> DiscardReason.IN_THE_RECORD
    WhyDiscard.DUPLICATE, WhyDiscard.NOT_SENT -> DiscardReason.NOT_NEEDED
    WhyDiscard.ENTERED_BY_MISTAKE -> DiscardReason.WRONG_PATIENT
    WhyDiscard.HANDED_OVER -> DiscardReason.HANDED_OVER
}

internal val ConsentDetails.How.inCore: HowGiven get() = when (this) {
    ConsentDetails.How.IN_PERSON -> HowGiven.IN_PERSON
    ConsentDetails.How.PHONE -> HowGiven.BY_PHONE
    ConsentDetails.How.WRITTEN -> HowGiven.ON_PAPER
    ConsentDetails.How.MESSAGE -> HowGiven.INBOUND_MESSAGE
}

internal val BiometryState.shown: LockState.Biometry get() = when (this) {
    BiometryState.Off, BiometryState.Forbidden -> LockState.Biometry.OFF
    BiometryState.Ready -> LockState.Biometry.READY
    is BiometryState.PasscodeFirst ->
        if (reason == BiometryPause.CHANGED) LockState.Biometry.CHANGED else LockState.Biometry.PASSCODE_FIRST
}

/** For the device package: what the settings say of a keystore. */
val KeystoreStrength.shown: SettingsState.Keystore get() = when (this) {
    KeystoreStrength.HMAC_HARDWARE -> SettingsState.Keystore.SECURE_CHIP
    KeystoreStrength.ECDH_HARDWARE, KeystoreStrength.CONSTANT_SHARE -> SettingsState.Keystore.TRUSTED_ENVIRONMENT
    KeystoreStrength.SOFTWARE -> SettingsState.Keystore.SOFTWARE
}

internal val PhotoUse.purpose: PhotoPurpose get() = when (this) {
    PhotoUse.CARE -> PhotoPurpose.CARE
    PhotoUse.SECOND_OPINION -> PhotoPurpose.SECOND_OPINION
    PhotoUse.TEACHING -> PhotoPurpose.TEACHING
    PhotoUse.PUBLICATION -> PhotoPurpose.PUBLICATION
}

internal val PhotoStanding.shown: PhotoState.UseState get() = when (this) {
    is PhotoStanding.InForce -> PhotoState.UseState.MAY
    PhotoStanding.NotAsked, PhotoStanding.Expired -> PhotoState.UseState.ASK_FIRST
    is PhotoStanding.Withdrawn -> PhotoState.UseState.WITHDRAWN
}

/** The last four digits of a number; null for an address with fewer. */
internal fun lastFour(address: String): String? = address.filter(Char::isDigit).takeLast(4).takeIf { it.length == 4 && '@' !in address }

/** Read aloud at 150 words a minute. */
internal fun Script.card() = ScriptCard(id, title, text, (text.split(' ').size * 60 + 149) / 150, approved = true)

/** What a clinician can do something about is told apart; the rest is for the institution to find out. */
internal val Refused.why: ReceiveState.Why get() = when (this) {
    Refused.OLDER_VERSION -> ReceiveState.Why.OLDER
    Refused.OTHER_ENROLMENT, Refused.OTHER_INSTITUTION, Refused.OTHER_GROUP -> ReceiveState.Why.OTHER_PHONE
    Refused.BAD_SIGNATURE, Refused.WRONG_ROLE, Refused.EQUIVOCATION -> ReceiveState.Why.SIGNATURE
    Refused.EXPIRED -> ReceiveState.Why.EXPIRED
    Refused.INBOX_FULL, Refused.TOO_MANY_WAITING, Refused.HOLD_WAITS -> ReceiveState.Why.WAITS
    Refused.TOO_FAR_AHEAD, Refused.MALFORMED, Refused.TOO_LARGE, Refused.TOO_NEW, Refused.UNKNOWN_ACTION, Refused.POLICY_FAILS,
    Refused.HOLDS_UNSAID, Refused.NO_SUCH_HOLD, Refused.NO_ESCROW, Refused.ERASED,
    -> ReceiveState.Why.UNKNOWN
}
