package org.curtain.kit.screen

import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.nio.file.Path
import javax.imageio.ImageIO
import org.curtain.core.Channel
import org.curtain.core.ConsentStanding
import org.curtain.core.Roster
import org.curtain.core.RosterMember
import org.curtain.kit.PASSCODE
import org.curtain.kit.agreed
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The tasks around the composer, one story each. */
class TasksTest {
    @TempDir lateinit var home: Path

    private fun Night.fresh(text: String = PASSCODE) {
        checkNotNull(shell.fresh.state.value) { "nothing asks: ${shell.state.value.trouble}" }
        text.codePoints().forEach(shell.fresh::character)
        shell.fresh.enter()
    }

    private fun <T> Night.session(work: (org.curtain.core.Session) -> T) = holder.with(phone.workspace, work)

    @Test
    fun `a patient is found without marks and case, and shown with two identifiers`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().shell.open(Place.Patients)
        val all = checkNotNull(night.shell.patients.state.value)
        assertEquals(all.total, all.all.size)
        val family = night.session { it.patient(night.to.id) }.names.first().family
        night.shell.patients.search(family.uppercase())
        val found = checkNotNull(night.shell.patients.state.value).all
        assertTrue(found.any { it.who.id == night.to.id && it.who.born != null && it.who.record != null && it.tag == PatientRow.Tag.ASK_FIRST })
        night.session { it.agreed(night.to) }
        night.shell.open(Place.Today)
        night.shell.open(Place.Patients)
        assertEquals(PatientRow.Tag.TEXT_OK, checkNotNull(night.shell.patients.state.value).all.first { it.who.id == night.to.id }.tag)
    }

    @Test
    fun `a new patient needs a second identifier, and a changed number starts its consent again`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().shell.open(Place.Patients)
        night.shell.patients.add("Rosa Delgado")
        val form = checkNotNull(night.shell.editPatient.state.value)
        assertEquals(listOf("Rosa", "Delgado"), listOf(form.given, form.family))
        night.shell.editPatient.save()
        assertEquals(Place.EditPatient(null), night.place, "born or record is missing")
        night.shell.editPatient.change(form.copy(born = "1957-03-14", numbers = listOf(EditNumber("555-010-0142", false, Owner.PATIENT, false))))
        night.shell.editPatient.save()
        val id = (night.place as Place.Patient).patient
        night.session { it.agreed(org.curtain.kit.Reachable(id, "555-010-0142")) }
        night.shell.patient.edit()
        val saved = checkNotNull(night.shell.editPatient.state.value)
        night.shell.editPatient.change(saved.copy(numbers = listOf(saved.numbers.single().copy(value = "555-010-0168"))))
        night.shell.editPatient.save()
        assertEquals(Place.Patient(id), night.place)
        val standing = night.session { it.consentStanding(id, Channel.SMS, "555-010-0168") }
        assertFalse(standing is ConsentStanding.InForce, "$standing")
    }

    @Test
    fun `what they texted is recorded once, replied to, and a wish to stop holds`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().session { it.agreed(night.to) }
        night.shell.open(Place.TheyTexted(night.to.id))
        val inbound = night.shell.theyTexted
        inbound.paste("Thanks! Is my rash normal?")
        inbound.read()
        inbound.read()
        assertEquals(1, inbound.state.value?.contact)
        assertEquals(1, night.session { it.inbound(night.to.id) }.size)
        val reply = checkNotNull(inbound.state.value?.reply)
        inbound.reply()
        assertEquals(reply, night.shell.composer.state.value?.text)
        night.shell.back()
        inbound.paste("STOP")
        inbound.read()
        assertTrue(checkNotNull(inbound.state.value).stop)
        assertNull(inbound.state.value?.reply)
        inbound.stopTexts()
        assertTrue(night.session { it.consentStanding(night.to.id, Channel.SMS, night.to.number) } is ConsentStanding.Withdrawn)
    }

    @Test
    fun `a note is written before a lock and waits for the chart when filed`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().shell.open(Place.Note(night.to.id, null))
        night.shell.note.title("Ward round")
        night.shell.note.type("Wound edges clean and dry.")
        night.shell.lock()
        night.unlock()
        val note = night.session { it.notes(night.to.id) }.single()
        night.shell.open(Place.Note(night.to.id, note.id))
        assertEquals("Wound edges clean and dry.", night.shell.note.state.value?.text)
        night.shell.note.file()
        night.shell.open(Place.Today)
        assertEquals(listOf(Waiting.Kind.NOTE), checkNotNull(night.shell.today.state.value).toChart.map { it.kind })
    }

    @Test
    fun `a photo is kept only after every look, covered`(): Unit = Night(home).enrolled().use { night ->
        val picture = ByteArrayOutputStream().also { ImageIO.write(BufferedImage(200, 100, BufferedImage.TYPE_INT_RGB), "png", it) }.toByteArray()
        assertEquals(200 to 100, PhotoPresenter.size(picture))
        night.device.picture = picture
        night.unlock().shell.open(Place.Photo(night.to.id, null))
        val photo = night.shell.photo
        photo.take()
        photo.cover(Cover(0.1f, 0.1f, 0.3f, 0.5f))
        photo.keep()
        assertFalse(checkNotNull(photo.state.value).kept, "looks are open")
        LookFor.entries.forEach { photo.look(it, true) }
        photo.keep()
        assertTrue(checkNotNull(photo.state.value).kept, "${night.shell.state.value.trouble}")
        val kept = night.session { it.photos(night.to.id) }.single()
        assertEquals(listOf(200u, 100u, 1u), listOf(kept.width, kept.height, kept.covered))
        assertArrayEquals(night.session { it.photoPicture(kept.id) }, photo.state.value?.picture)
        assertEquals(PhotoState.UseState.ASK_FIRST, photo.state.value?.uses?.get(PhotoUse.TEACHING))
        photo.askUse(PhotoUse.TEACHING)
        assertEquals(PhotoState.UseState.MAY, photo.state.value?.uses?.get(PhotoUse.TEACHING))
    }

    @Test
    fun `a roster says who left and is fresh again once confirmed`(): Unit = Night(home).enrolled().use { night ->
        val now = night.device.nowMs()
        val day = 24L * 3_600_000
        val people = listOf(RosterMember("Dr. Lee", "attending", null), RosterMember("Dr. Kim", "resident", now - day), RosterMember("Ana", "student", now + day))
        val id = night.unlock().session { it.saveRoster(Roster("", "Ward 4", people, now - 8 * day)) }
        night.shell.open(Place.Groups)
        assertTrue(checkNotNull(night.shell.groups.state.value).rosters.single().stale)
        night.shell.open(Place.Roster(id))
        val roster = checkNotNull(night.shell.roster.state.value)
        assertEquals(listOf(8, 1, 1), listOf(roster.daysOld, roster.left, roster.students))
        night.shell.roster.remove(roster.people.first { it.kind == Member.Kind.LEFT })
        night.shell.roster.confirm()
        assertEquals(listOf(2, 0), night.shell.roster.state.value?.let { listOf(it.people.size, it.daysOld) })
        night.shell.roster.message()
        assertEquals(To.GROUP, night.shell.composer.state.value?.to)
    }

    @Test
    fun `each setting asks for the passcode, and a new passcode is asked for twice`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().shell.open(Place.Settings)
        night.shell.settings.idle(30)
        assertTrue(checkNotNull(night.shell.settings.state.value).idleSeconds > 30, "not before the passcode")
        night.fresh()
        assertEquals(30, night.shell.settings.state.value?.idleSeconds)
        night.shell.settings.biometry(true)
        night.fresh()
        assertEquals(true, night.shell.settings.state.value?.biometry)
        val new = "eleven slow barges drift"
        night.shell.settings.changePasscode()
        listOf(PASSCODE, "12345").forEach { night.fresh(it) }
        assertEquals(FreshUnlockState.Ask.NEW, night.shell.fresh.state.value?.ask, "too weak")
        listOf(new, "$new!", new, new).forEach { night.fresh(it) }
        assertNull(night.shell.fresh.state.value)
        night.shell.lock()
        night.unlock(new)
        assertEquals(Place.Today, night.place)
    }

    @Test
    fun `the journal leaves sealed, and the desk's own channels and words fill policy and scripts`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().shell.open(Place.Evidence)
        assertTrue(checkNotNull(night.shell.evidence.state.value).let { it.entries > 0 && it.unanchored.toLong() == it.entries })
        night.shell.evidence.export()
        night.fresh()
        val sealed = checkNotNull(night.device.saved["journal.jsonl.age"])
        val curtain = night.holder.curtain
        val said = night.phone.hospital.verifyJournal(sealed, curtain.auditKey(night.phone.workspace), curtain.checkpoint(night.phone.workspace))
        assertTrue(said.startsWith("The journal holds"), said)
        night.shell.open(Place.Policy)
        assertEquals(Channel.entries.size, night.shell.policy.state.value?.rows?.size)
        night.shell.policy.whatToSay()
        val script = checkNotNull(night.shell.scripts.state.value).scripts.first()
        assertTrue(script.readSeconds > 0)
        night.shell.scripts.use(script)
        assertEquals(script.text, night.shell.composer.state.value?.text)
        assertNotNull(night.shell.composer.state.value?.look)
    }

    @Test
    fun `a photo in a format that neither the core nor the phone reads says so`(): Unit = Night(home).enrolled().use { night ->
        night.device.picture = "rubbish".toByteArray()
        night.unlock().shell.open(Place.Photo(night.to.id, null))
        night.shell.photo.take()
        LookFor.entries.forEach { night.shell.photo.look(it, true) }
        night.shell.photo.keep()
        assertFalse(checkNotNull(night.shell.photo.state.value).kept)
        assertNotNull(night.shell.state.value.trouble)
    }
}
