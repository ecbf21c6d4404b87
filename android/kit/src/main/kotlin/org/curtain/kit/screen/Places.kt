package org.curtain.kit.screen

/** Where the app is. A place names items by id only, so it may be kept by the system; locked, there is only [Lock]. */
sealed interface Place {
    data object Lock : Place
    data object Receive : Place
    data object Today : Place
    data object Patients : Place
    data object Groups : Place
    data object More : Place
    /** Choosing the patient for a quick action of [Today]. */
    data class Pick(val purpose: Purpose) : Place {
        enum class Purpose { ASK_TO_CALL, THEY_TEXTED, NOTE, PHOTO }
    }
    data class Patient(val patient: String) : Place
    data class EditPatient(val patient: String?) : Place
    data class Composer(val draft: String) : Place
    /** The one place with more than ids: a patient may have several numbers, and a number has no id. */
    data class Consent(val patient: String, val way: Way, val address: String) : Place {
        override fun toString(): String = "Consent(patient=$patient, way=$way)"
    }
    data class TheyTexted(val patient: String) : Place
    data class Note(val patient: String, val note: String?) : Place
    data class Photo(val patient: String, val photo: String?) : Place
    data class Roster(val roster: String) : Place
    data object Scripts : Place
    data object Policy : Place
    data object Settings : Place
    data object Limits : Place
    data object Evidence : Place
    data object Leaving : Place
    data object Countdown : Place
    data class Receipt(val workspace: String) : Place
    data class Damaged(val restored: Boolean) : Place
}

/** The shell as a whole: what every screen sees. [lockSeconds] until it locks, null while locked. */
data class ShellState(val place: Place, val depth: Int, val lockSeconds: Int?, val trouble: Trouble? = null)

/** What every screen may do. */
interface ShellActions {
    fun open(place: Place)
    fun back()
    fun lock()
    fun dismissTrouble()
}
