package org.curtain.kit

import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.readBytes
import kotlin.io.path.relativeTo
import org.curtain.core.Allowed
import org.curtain.core.AssessRequest
import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.ConsentBasis
import org.curtain.core.ConsentForm
import org.curtain.core.ContactKind
import org.curtain.core.Curtain
import org.curtain.core.Delivery
import org.curtain.core.HowGiven
import org.curtain.core.Lang
import org.curtain.core.Session

const val PASSCODE = "seven calm herons wade"
const val WRONG = "seven calm herrings"
const val ALLOWED_TEXT = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit."

/** A typed passcode. */
fun passcode(text: String = PASSCODE) = Passcode().apply { text.codePoints().forEach { check(append(it)) } }

/** One guess, without a kit around it. */
fun Curtain.guess(workspace: String, text: String = PASSCODE): Session = passcode(text).spend { unlock(workspace, it) }

/** A token for one act. */
fun Session.token(text: String = PASSCODE): String = passcode(text).spend { freshAuth(it) }

/** A phone of these tests: a directory, a keystore, clocks, and the hospital that it belongs to. */
class Phone(val home: Path, val keystore: FakeKeystore = FakeKeystore(), val clock: FakeClock = FakeClock()) : AutoCloseable {
    val hospital = Hospital(home.resolve("hospital"))
    val directory: Path = home.resolve("phone")
    lateinit var curtain: Curtain
    lateinit var workspace: String
    private val sessions = ArrayList<Session>()

    /** Starts the app anew: the old Curtain and its sessions, if any, end without a lock, as in a killed process. */
    fun start(): Curtain {
        close()
        curtain = Curtain.open(directory.toString(), keystore, clock)
        return curtain
    }

    /** From the request to a workspace with a policy. */
    fun enrol(policy: (String) -> String = { it }): Phone {
        start()
        val (answer, words) = hospital.enrol(curtain.request().document)
        check(words == curtain.enrolmentWords(answer.direct()))
        workspace = passcode().spend { curtain.enrol(answer.direct(), it) }.id
        check(curtain.deliver(hospital.policy(policy).direct()) == Delivery.Done)
        return this
    }

    fun unlock(): Session = curtain.guess(workspace).also(sessions::add)

    /** Every file of the phone with its bytes, to be compared. */
    fun files(): Map<String, List<Byte>> = Files.walk(directory).use { all ->
        all.filter(Files::isRegularFile).toList().associate { "${it.relativeTo(directory)}" to it.readBytes().asList() }
    }

    override fun close() {
        sessions.forEach(Session::close)
        sessions.clear()
        if (::curtain.isInitialized) curtain.close()
    }
}

/** A patient who can be reached by text. */
class Reachable(val id: String, val number: String) {
    fun request() = request(id, number)
}

fun request(patient: String? = null, number: String? = null, channel: Channel = Channel.SMS) =
    AssessRequest(patient, channel, Audience.PATIENT, number, null, emptyList(), Lang.EN)

/** Imports the fixture's patients; gives the first with a phone number. */
fun Session.ward(): Reachable {
    importPatients(Hospital.tree.resolve("tests/fixtures/patients.json").readBytes().direct())
    return patients().filter { !it.deceased }.firstNotNullOf { summary ->
        val contacts = patient(summary.id).contacts
        contacts.firstOrNull { it.kind == ContactKind.PHONE && !it.old }?.let { Reachable(summary.id, it.value) }
    }
}

/** The patient agrees to texts about logistics. */
fun Session.agreed(to: Reachable) = recordConsent(
    ConsentForm(
        to.id, Channel.SMS, to.number, Allowed.LOGISTICS, Lang.EN, listOf(Channel.PORTAL, Channel.PHONE),
        ConsentBasis.PATIENT_REQUEST, HowGiven.IN_PERSON, null, null,
    ),
)

/** A draft to the patient with this text. */
fun Session.typed(text: String, to: Reachable? = null): String =
    newDraft(to?.id, Channel.SMS, Audience.PATIENT).also { typeDraft(it, text, 0u) }
