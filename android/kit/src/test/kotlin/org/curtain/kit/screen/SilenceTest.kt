package org.curtain.kit.screen

import java.lang.reflect.Modifier
import java.nio.file.Path
import org.curtain.kit.agreed
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** No state says anything of a patient where it might end in a log or a crash report. */
class SilenceTest {
    @TempDir lateinit var home: Path

    private val seen = HashSet<String>()

    /** [thing] and everything in it that is ours: none of its words may be among [secrets]. */
    private fun walk(thing: Any?, secrets: List<String>) {
        when {
            thing == null || thing is String || thing.javaClass.isPrimitive -> return
            thing is Iterable<*> -> thing.forEach { walk(it, secrets) }
            thing is Map<*, *> -> thing.forEach { (key, value) -> walk(key, secrets); walk(value, secrets) }
            thing.javaClass.name.startsWith("org.curtain.kit.screen.") -> {
                seen += thing.javaClass.simpleName
                val said = thing.toString()
                secrets.forEach { assertTrue(it !in said, "${thing.javaClass.simpleName} tells") }
                if (thing is Enum<*>) return
                thing.javaClass.declaredFields.filterNot { Modifier.isStatic(it.modifiers) }.forEach {
                    it.isAccessible = true
                    walk(it.get(thing), secrets)
                }
            }
        }
    }

    private fun presenters(shell: Shell): List<Presenter<*, *>> = Shell::class.java.declaredFields
        .filter { Presenter::class.java.isAssignableFrom(it.type) && it.type != Presenter::class.java }
        .map { it.isAccessible = true; it.get(shell) as Presenter<*, *> }

    @Test
    fun `no state's toString has a patient's text, on any screen`(): Unit = Night(home).enrolled().use { night ->
        night.unlock()
        val shell = night.shell
        val patient = night.holder.with(night.phone.workspace) {
            it.agreed(night.to)
            it.patient(night.to.id)
        }
        val number = night.to.number
        val secrets = listOf("positive", "zebra", number, lastFour(number).orEmpty()) + patient.names.flatMap { it.given + it.family } +
            listOfNotNull(patient.dateOfBirth, patient.identifiers.firstOrNull()?.value)
        val all = presenters(shell)
        assertEquals(21, all.size)
        val visited = HashSet<String>()
        fun look() {
            walk(shell.state.value, secrets)
            all.filter { it.state.value != null }.forEach { visited += it.javaClass.simpleName }
            all.forEach { walk(it.state.value, secrets) }
        }
        fun at(place: Place, act: Shell.() -> Unit = {}) {
            shell.open(place)
            shell.act()
            look()
        }
        look()
        at(Place.Patients) { patients.search(patient.names.first().family) }
        at(Place.Pick(Place.Pick.Purpose.NOTE))
        at(Place.Patient(patient.id))
        at(Place.EditPatient(patient.id))
        at(Place.Consent(patient.id, Way.SMS, number)) { consent.details(ConsentDetails(witness = "zebra")) }
        at(Place.TheyTexted(patient.id)) { theyTexted.paste("zebra: my HIV test is positive"); theyTexted.read() }
        at(Place.Note(patient.id, null)) { note.title("zebra"); note.type("zebra is positive") }
        at(Place.Photo(patient.id, null))
        shell.open(Place.Patient(patient.id))
        shell.patient.message(Way.SMS)
        shell.composer.type("zebra, your HIV test is positive", 3)
        look()
        shell.composer.trace()
        look()
        shell.composer.closeSheet()
        shell.composer.use(checkNotNull(shell.composer.state.value).readyTexts.first { it.way == Way.SMS })
        shell.composer.main()
        look()
        shell.composer.digits(checkNotNull(lastFour(number)))
        look()
        assertTrue(checkNotNull(shell.composer.state.value).sheet is Sheet.Outcome)
        at(Place.Today)
        listOf(Place.Leaving, Place.Groups, Place.Scripts, Place.Policy, Place.Settings, Place.Evidence, Place.Receive, Place.Damaged(false)).forEach(::at)
        shell.lock()
        look()
        assertTrue(all.filter { it !== shell.lock }.all { it.state.value == null }, "locked, only the lock screen has a state")
        // A roster is the hospital's people, a receipt and the countdown are counts: they have no patient to tell.
        assertEquals(setOf("RosterPresenter", "ReceiptPresenter", "CountdownPresenter"), all.map { it.javaClass.simpleName }.toSet() - visited)
        assertTrue(setOf("Who", "MarkedSpan", "ReadyText", "TraceLine", "Waiting", "HandOff", "Outcome", "OpenGroup").all(seen::contains), "$seen")
    }
}
