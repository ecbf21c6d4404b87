package org.curtain.kit.screen

import org.curtain.core.AssessRequest
import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.ConsentEntry
import org.curtain.core.ContactKind
import org.curtain.core.ContactPoint
import org.curtain.core.Lang
import org.curtain.core.Patient
import org.curtain.core.RewriteKind
import org.curtain.core.Session

// Which number or address a channel takes, and the text that only asks for a call.

/** Null for a channel that takes no address of the patient's. */
internal val Channel.kind: ContactKind? get() = when (this) {
    Channel.SMS, Channel.WHATSAPP, Channel.IMESSAGE, Channel.PHONE -> ContactKind.PHONE
    Channel.EMAIL, Channel.PERSONAL_EMAIL -> ContactKind.EMAIL
    Channel.PORTAL, Channel.SECURE_MESSAGING, Channel.TELEHEALTH -> null
}

internal val Patient.phones: List<ContactPoint> get() = contacts.filter { it.kind == ContactKind.PHONE && !it.old }

/** The patient's own first, in the record's order. */
internal fun Patient.contactFor(channel: Channel): ContactPoint? = channel.kind?.let { kind ->
    contacts.filter { it.kind == kind && !it.old }.let { all -> all.firstOrNull { it.whose == Owner.PATIENT } ?: all.firstOrNull() }
}

internal fun requestFor(patient: Patient?, channel: Channel, lang: Lang, address: String? = patient?.contactFor(channel)?.value) =
    AssessRequest(patient?.id, channel, Audience.PATIENT, address, null, emptyList(), lang)

/** The policy's own text that asks for a call, as the core offers it; empty where it offers none on this channel. */
internal fun Session.callUs(patient: Patient, channel: Channel, lang: Lang): String {
    val rewrites = assess("", requestFor(patient, channel, lang)).rewrites.ifEmpty { assess("?", requestFor(patient, channel, lang)).rewrites }
    val here = rewrites.filter { it.channel == channel }
    return (here.firstOrNull { it.kind == RewriteKind.CALL_US } ?: here.firstOrNull())?.text.orEmpty()
}

/** A draft with a text, written. */
internal fun Session.draftOf(patient: String?, channel: Channel, text: String, audience: Audience = Audience.PATIENT): String =
    newDraft(patient, channel, audience).also { if (text.isNotEmpty()) typeDraft(it, text, text.length.toUInt()) }

/** When the latest answer for this channel and number was given. */
internal fun Session.answeredMs(patient: String, channel: Channel, address: String): Long? =
    consents(patient).filterIsInstance<ConsentEntry.Given>().map { it.terms }
        .filter { it.channel == channel && lastFour(it.address) == lastFour(address) }.maxOfOrNull { it.startMs }
