package org.curtain.kit.screen

import org.curtain.core.Allowed
import org.curtain.core.ConsentBasis
import org.curtain.core.ConsentForm
import org.curtain.core.ConsentWording
import org.curtain.core.Lang
import org.curtain.core.Patient

/** The conversation before the first text. Nothing is saved before its three steps. */
class ConsentPresenter internal constructor(shell: Shell) : Presenter<Place.Consent, ConsentState>(shell), ConsentActions {
    private class Talk(val patient: Patient, var lang: Lang, var wording: ConsentWording, var owner: Owner?) {
        var played = false
        var details = ConsentDetails()
        val offered = LinkedHashSet<Way>()
    }

    private var talk: Talk? = null

    override fun load(place: Place.Consent) {
        val patient = session { it.patient(place.patient) }
        val lang = langOf(patient.language.orEmpty())
        talk = Talk(patient, lang, session { it.consentWording(lang) }, patient.contacts.firstOrNull { it.value == place.address }?.whose)
        render()
    }

    override fun forget() {
        talk = null
    }

    override fun language(code: String) = at {
        it.lang = langOf(code)
        it.wording = session { session -> session.consentWording(it.lang) }
        // Another wording was not heard yet.
        it.played = false
    }

    /** Where the phone has no voice for it the clinician reads it out: the words stand on the screen. */
    override fun play() = at { now ->
        val heard = now.wording.sha256
        device.speak(now.wording.text, now.lang.code) { at { it.played = it.played || it.wording.sha256 == heard } }
    }

    override fun offer(way: Way, offered: Boolean) = at { if (offered) it.offered += way else it.offered -= way }

    override fun owner(owner: Owner) = at { it.owner = owner }

    override fun details(details: ConsentDetails) = at { it.details = details }

    override fun agrees() = record(Allowed.LOGISTICS, ConsentBasis.PATIENT_REQUEST)

    override fun prefersNot() = record(Allowed.NOTHING, ConsentBasis.OBJECTION)

    private fun record(allowed: Allowed, basis: ConsentBasis) {
        act {
            val (now, here) = (talk ?: return@act) to (place ?: return@act)
            val channel = here.way.channel ?: return@act
            if (missing(now).isNotEmpty()) return@act
            session { session ->
                owned(now, here.address)?.let(session::savePatient)
                session.recordConsent(
                    ConsentForm(
                        here.patient, channel, here.address, allowed, now.lang, now.offered.mapNotNull { it.channel }, basis, now.details.how.inCore,
                        now.details.witness.trim().takeIf(String::isNotEmpty), now.details.interpreter.trim().takeIf(String::isNotEmpty),
                    ),
                )
            }
            shell.done(here)
        }
    }

    /** The patient with what was just learnt of whose phone it is; null when that was known. */
    private fun owned(now: Talk, address: String): Patient? {
        val owner = now.owner ?: return null
        val old = now.patient.contacts.firstOrNull { it.value == address } ?: return null
        if (old.whose == owner) return null
        val shared = if (owner == Owner.SHARED) old.sharedWith ?: Owner.SHARED.name.lowercase() else null
        val new = old.copy(owner = owner.inCore, sharedWith = shared, verifiedMs = device.nowMs())
        return now.patient.copy(contacts = now.patient.contacts.map { if (it === old) new else it })
    }

    override fun withdraw() {
        act {
            val (now, here) = (talk ?: return@act) to (place ?: return@act)
            session { it.withdrawConsent(here.patient, here.way.channel ?: return@session, here.address, now.details.how.inCore, null) }
            shell.done(here)
        }
    }

    private fun missing(now: Talk): Set<Int> = buildSet {
        if (!now.played) add(1)
        if (now.offered.isEmpty()) add(2)
        if (now.owner == null) add(3)
    }

    private fun render() {
        val (now, here) = (talk ?: return) to (place ?: return)
        val standing = here.way.channel?.let { channel -> session { it.consentStanding(here.patient, channel, here.address) } }
        val answered = here.way.channel?.let { channel -> session { it.answeredMs(here.patient, channel, here.address) } }
        publish(
            ConsentState(
                who = now.patient.who,
                way = here.way,
                address = here.address,
                language = now.lang.code,
                languages = Lang.entries.map { it.code },
                wording = now.wording.text,
                wordingVersion = now.wording.version.toInt(),
                // The policy has its wording in these languages and no other: for the rest an interpreter is needed.
                approved = now.patient.language.let { known -> known == null || Lang.entries.any { known.startsWith(it.code) } },
                played = now.played,
                offered = now.offered.toSet(),
                owner = now.owner,
                clinical = false,
                details = now.details,
                standing = standing?.banner(now.patient.fullName, lastFour(here.address), answered),
                missing = missing(now),
            ),
        )
    }

    private fun at(work: (Talk) -> Unit) {
        act {
            work(talk ?: return@act)
            render()
        }
    }
}
