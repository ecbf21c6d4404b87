package org.curtain.kit.screen

/** Today: what waits. Times are milliseconds since 1970. */
data class TodayState(
    val nowMs: Long,
    val clinician: String,
    val leaseUntilMs: Long?,
    val leaseNear: Boolean,
    val leavingDays: Int?,
    val setAside: Int,
    val outcomes: List<Waiting>,
    val toChart: List<Waiting>,
    val drafts: List<Waiting>,
)

/** One thing that waits: [line] says what it is, without its text. */
class Waiting(val id: String, val who: Who?, val kind: Kind, val way: Way?, val lastFour: String?, val sinceMs: Long) {
    enum class Kind { OUTCOME, COMMUNICATION, REDIRECTED, CONSENT, INBOUND, NOTE, PHOTO, DRAFT_MESSAGE, DRAFT_NOTE, CALL, HELD }

    override fun toString(): String = "Waiting($id, $kind)"
}

/** The answer to "Did you send it?". There is no "delivered". */
enum class Sent { YES, NO, UNKNOWN }

interface TodayActions {
    fun answer(message: String, sent: Sent)
    fun recordCall(message: String, reached: Reached)
    fun copyChart(item: String)
    fun copyAll()
    fun filed(item: String)
    fun resume(draft: String)
}

enum class Reached { REACHED, PASSED_ON, NOT_REACHED }

/** The list of patients, or the choice of one for a quick action. */
data class PatientsState(
    val query: String,
    val recent: List<PatientRow>,
    val all: List<PatientRow>,
    val total: Int,
    /** Family names that more than one patient has: the banner says to check the date of birth. */
    val similar: List<String>,
    val picking: Place.Pick.Purpose? = null,
) {
    override fun toString(): String = "PatientsState($total, $picking)"
}

/** [state] is the tag at the end of the row. */
class PatientRow(val who: Who, val tag: Tag, val similar: Boolean) {
    enum class Tag { TEXT_OK, ASK_FIRST, NO_TEXTS, SHARED, CALL_ONLY, SAFEGUARDING, DECEASED }

    override fun toString(): String = "PatientRow($tag)"
}

interface PatientsActions {
    fun search(query: String)
    fun open(patient: String)
    fun add(name: String)
}

/** One patient's page. */
class PatientState(
    val who: Who,
    val language: String?,
    val interpreter: Boolean,
    val safeguarding: Boolean,
    val deceased: Boolean,
    val held: Boolean,
    val numbers: List<NumberRow>,
    val portal: ChannelCell?,
    val history: List<HistoryRow>,
    val similar: List<Who>,
)

enum class Owner { PATIENT, FAMILY, CAREGIVER, SHARED, OTHER }

class NumberRow(
    val value: String,
    val email: Boolean,
    val owner: Owner,
    val sharedWith: String?,
    val checkedMs: Long?,
    val stale: Boolean,
    val channels: List<ChannelCell>,
)

class HistoryRow(val id: String, val kind: Waiting.Kind, val title: String?, val line: String, val atMs: Long, val sent: Sent?)

interface PatientActions {
    fun askToCall()
    fun call(number: String)
    fun message(way: Way)
    fun theyTexted()
    fun note()
    fun photo()
    fun edit()
    fun consent(way: Way, address: String)
    fun openHistory(id: String)
}

/** Adding or changing a patient: two identifiers are asked for. */
data class EditPatientState(
    val given: String,
    val family: String,
    val born: String,
    val record: String,
    val numbers: List<EditNumber>,
    val language: String,
    val interpreter: Boolean,
    val safeguarding: Boolean,
    val missing: Set<String>,
) {
    override fun toString(): String = "EditPatientState($missing)"
}

data class EditNumber(val value: String, val email: Boolean, val owner: Owner, val old: Boolean) {
    override fun toString(): String = "EditNumber($email, $owner, $old)"
}

interface EditPatientActions {
    fun change(state: EditPatientState)
    fun save()
}
