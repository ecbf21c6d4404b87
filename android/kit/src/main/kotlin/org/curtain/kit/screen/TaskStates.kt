package org.curtain.kit.screen

/** A ready sentence, by moment. [readSeconds] to read it aloud. */
class ScriptCard(val id: String, val moment: String, val text: String, val readSeconds: Int, val approved: Boolean)

/** The consent conversation. */
class ConsentState(
    val who: Who,
    val way: Way,
    val address: String,
    val language: String,
    val languages: List<String>,
    val wording: String,
    val wordingVersion: Int,
    val approved: Boolean,
    val played: Boolean,
    val offered: Set<Way>,
    val owner: Owner?,
    val clinical: Boolean,
    val details: ConsentDetails,
    val standing: ConsentBanner?,
    /** What is still missing before it can be saved: numbers of the steps 1 to 3. */
    val missing: Set<Int>,
    /** When the wording was approved, and by when to ask again. */
    val approvedMs: Long? = null,
    val againMs: Long? = null,
)

data class ConsentDetails(val how: How = How.IN_PERSON, val witness: String = "", val interpreter: String = "") {
    enum class How { IN_PERSON, PHONE, WRITTEN, MESSAGE }

    override fun toString(): String = "ConsentDetails($how)"
}

interface ConsentActions {
    fun language(code: String)
    fun play()
    fun offer(way: Way, offered: Boolean)
    fun owner(owner: Owner)
    fun details(details: ConsentDetails)
    fun agrees()
    fun prefersNot()
    fun withdraw()
}

/** They texted first: word for word in, reply out. */
class TheyTextedState(
    val who: Who,
    val numbers: List<String>,
    val number: String?,
    val text: String,
    /** 1, 2 or 3; null before it is recorded. */
    val contact: Int?,
    val urgent: Boolean,
    val stop: Boolean,
    val reply: String?,
    val replyLanguage: String,
    val advice: List<String>,
    val chartText: String?,
    val callFirst: Boolean,
    /** Languages in which the reply is approved, and how many SMS it makes. */
    val languages: List<String> = listOf(),
    val replyTexts: Int = 0,
)

interface TheyTextedActions {
    fun number(value: String)
    fun paste(text: String)
    fun read()
    fun language(code: String)
    fun reply()
    fun call()
    fun stopTexts()
    fun copyChart()
}

class NoteState(
    val id: String?,
    val who: Who,
    val title: String,
    val text: String,
    val safe: Boolean,
    val filed: Boolean,
    val held: Boolean,
    val keptUntilMs: Long?,
)

interface NoteActions {
    fun title(text: String)
    fun type(text: String)
    fun file()
}

enum class PhotoUse { CARE, SECOND_OPINION, TEACHING, PUBLICATION }
enum class LookFor { FACE, MARKS, LABELS, BACKGROUND }

/** Covers are in fractions of the picture's width and height, 0 to 1. */
data class Cover(val left: Float, val top: Float, val right: Float, val bottom: Float)

class PhotoState(
    val who: Who,
    val picture: ByteArray?,
    val removed: Boolean,
    val covers: List<Cover>,
    val cropping: Boolean,
    val crop: Cover?,
    val looks: Set<LookFor>,
    val uses: Map<PhotoUse, UseState>,
    val use: PhotoUse,
    val kept: Boolean,
    val cameraAllowed: Boolean,
    val saving: Boolean,
) {
    enum class UseState { MAY, ASK_FIRST, WITHDRAWN }
}

interface PhotoActions {
    fun take()
    fun choose()
    fun cover(cover: Cover)
    fun crop(cover: Cover?)
    fun undo()
    fun look(what: LookFor, seen: Boolean)
    fun use(use: PhotoUse)
    fun askUse(use: PhotoUse)
    fun keep()
    fun export()
    fun delete()
}

class GroupsState(val rosters: List<RosterCard>)
class RosterCard(val id: String, val name: String, val people: Int, val confirmedMs: Long, val stale: Boolean)

class RosterState(
    val id: String,
    val name: String,
    val people: List<Member>,
    val confirmedMs: Long,
    val daysOld: Int,
    val stale: Boolean,
    val left: Int,
    val students: Int,
    val clues: Int,
)

class Member(val name: String, val role: String, val untilMs: Long?, val kind: Kind) {
    enum class Kind { HERE, LEFT, STUDENT, YOU }
}

interface RosterActions {
    fun remove(member: Member)
    fun add(name: String, role: String, untilMs: Long?)
    fun confirm()
    fun message()
}

class ScriptsState(val language: String, val languages: List<String>, val scripts: List<ScriptCard>)

interface ScriptsActions {
    fun language(code: String)
    fun use(script: ScriptCard)
}
