package org.curtain.kit.screen

/**
 * What only the platform can do. The app's device package implements it; tests fake it.
 *
 * Every function may be called from any thread and returns at once; what comes later comes to `done`, on any thread.
 */
interface Device {
    /** Milliseconds since 1970. */
    fun nowMs(): Long

    /** How many minutes the phone's own time is ahead of UTC. */
    fun utcOffsetMinutes(): Int

    /** The clinician's language, BCP 47. */
    fun language(): String

    /** Opens a link of a hand-off in another app; false when no app answers it. */
    fun open(link: String): Boolean

    /** Copies, marked as sensitive and local only; the clipboard is cleared after [seconds] if it still holds this. */
    fun copy(text: String, seconds: Int)

    /** Lets the user say where [bytes] go, as a file. */
    fun save(name: String, type: String, bytes: ByteArray, done: (saved: Boolean) -> Unit)

    /** Lets the user choose a file, of at most 64 KiB; null when none was. */
    fun chooseFile(done: (ByteArray?) -> Unit)

    /** Takes a picture with the camera, in memory, upright; null when none was taken. The app must not lock meanwhile: a camera inside it. */
    fun takePicture(done: (ByteArray?) -> Unit)

    /** Lets the user choose a picture, turned upright; null when none was. */
    fun choosePicture(done: (ByteArray?) -> Unit)

    /** Decodes a picture that the core does not read and gives it as a JPEG; null when it cannot. */
    fun toJpeg(picture: ByteArray): ByteArray?

    /** Whether the camera may be used. */
    fun cameraAllowed(): Boolean

    /** Reads [text] aloud; [done] with true when it was read to its end. */
    fun speak(text: String, language: String, done: (Boolean) -> Unit)

    /** Shows the system's prompt for a finger or a face, for the key of [workspace]. */
    fun touch(workspace: String, done: (Touch) -> Unit)

    /** Whether device management forbids unlocking by finger or face. */
    val touchForbidden: Boolean get() = false

    enum class Touch { ACCEPTED, REFUSED, CANCELLED }

    /** One tick of the phone's motor, if the user has them on. */
    fun tick(strength: Tick)

    enum class Tick { SOFT, LIGHT, LONG }

    /** Whether [tick] does anything; the user's own setting, which is not patient data. */
    var haptics: Boolean

    /** What this phone's keystore is: `Keystore.strength`, see [shown]. */
    fun keystore(): SettingsState.Keystore

    /** Runs [work] once, after [ms] milliseconds, unless the answer is called before. */
    fun after(ms: Long, work: () -> Unit): () -> Unit
}
