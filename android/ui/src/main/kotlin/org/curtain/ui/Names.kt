package org.curtain.ui

import androidx.compose.ui.graphics.vector.ImageVector
import org.curtain.kit.screen.Owner
import org.curtain.kit.screen.Waiting
import org.curtain.kit.screen.Way
import org.curtain.ui.icon.Icons

/** What a channel is called, as short as the bar needs it. */
fun Words.way(way: Way): String = when (way) {
    Way.PORTAL -> wayPortal
    Way.SECURE_MESSAGING -> waySecureMessaging
    Way.TELEHEALTH -> wayTelehealth
    Way.EMAIL -> wayEmail
    Way.WHATSAPP -> wayWhatsapp
    Way.IMESSAGE -> wayImessage
    Way.SMS -> waySms
    Way.PERSONAL_EMAIL -> wayPersonalEmail
    Way.PHONE -> wayPhone
    Way.ORDER_ENTRY -> wayOrderEntry
}

/** The symbol of a channel. */
fun symbolOf(way: Way): ImageVector = when (way) {
    Way.PORTAL -> Icons.Public
    Way.SECURE_MESSAGING -> Icons.Forum
    Way.TELEHEALTH -> Icons.Videocam
    Way.EMAIL, Way.PERSONAL_EMAIL -> Icons.Mail
    Way.WHATSAPP, Way.IMESSAGE -> Icons.Chat
    Way.SMS -> Icons.Sms
    Way.PHONE -> Icons.Call
    Way.ORDER_ENTRY -> Icons.AssignmentTurnedIn
}

/** Whose number it is. */
fun Words.owner(owner: Owner, with: String? = null): String = when (owner) {
    Owner.PATIENT -> ownerPatient
    Owner.FAMILY -> if (with != null) ownerFamilyNamed(with) else ownerFamily
    Owner.CAREGIVER -> if (with != null) ownerCaregiverNamed(with) else ownerCaregiver
    Owner.SHARED -> if (with != null) ownerSharedWith(with) else ownerShared
    Owner.OTHER -> ownerOther
}

/** The kind of a thing that waits or is in the history. */
fun Words.kind(kind: Waiting.Kind): String = when (kind) {
    Waiting.Kind.OUTCOME, Waiting.Kind.COMMUNICATION -> kindCommunication
    Waiting.Kind.REDIRECTED -> kindRedirected
    Waiting.Kind.CONSENT -> kindConsent
    Waiting.Kind.INBOUND -> kindInbound
    Waiting.Kind.NOTE, Waiting.Kind.DRAFT_NOTE -> kindNote
    Waiting.Kind.PHOTO -> kindPhoto
    Waiting.Kind.DRAFT_MESSAGE -> kindDraft
    Waiting.Kind.CALL -> kindCall
    Waiting.Kind.HELD -> kindHeld
}

/** Its symbol. */
fun symbolOf(kind: Waiting.Kind): ImageVector = when (kind) {
    Waiting.Kind.OUTCOME, Waiting.Kind.COMMUNICATION, Waiting.Kind.DRAFT_MESSAGE -> Icons.Sms
    Waiting.Kind.REDIRECTED -> Icons.AltRoute
    Waiting.Kind.CONSENT -> Icons.Verified
    Waiting.Kind.INBOUND -> Icons.MarkChatUnread
    Waiting.Kind.NOTE, Waiting.Kind.DRAFT_NOTE -> Icons.EditNote
    Waiting.Kind.PHOTO -> Icons.PhotoCamera
    Waiting.Kind.CALL -> Icons.Call
    Waiting.Kind.HELD -> Icons.Gavel
}

/** "Rosa" of "Rosa Delgado": for a sentence whose screen shows the two identifiers as well. */
fun given(name: String): String = name.substringBefore(' ')
