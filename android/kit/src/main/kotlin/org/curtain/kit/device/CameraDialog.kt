package org.curtain.kit.device

import android.app.Activity

/** What the camera says, to TalkBack and over the picture: an app's resources. */
data class CameraWords(
    /** What the window is while it takes a picture. */
    val picture: String,
    /** What the window is while it reads a code; also shown. */
    val scan: String,
    /** The shutter. */
    val shutter: String,
    /** Leaves without a picture. */
    val close: String,
    /** Turns the light on. */
    val lightOn: String,
    /** Turns the light off. */
    val lightOff: String,
)

/**
 * A camera inside the app: over [activity], which stays resumed, so that nothing locks because of it. It closes when the activity
 * stops. What it takes is in memory and is written nowhere; no patient data stands on it, and no screenshot is made of it.
 *
 * For the main thread, with the permission given. By the system's documentation; not run on a device here: there is none. Its
 * arithmetic is tested by itself ([Turn], [Extent], [CodeReader], [Once]), its window under Robolectric.
 */
class CameraDialog(private val activity: Activity, private val words: CameraWords) {
    /**
     * Takes one picture: a JPEG of at most 12 megapixels and 32 MiB, its orientation said in it or its pixels turned, as the camera
     * does. [done] is called exactly once, from any thread, with null when there is none.
     */
    fun picture(done: (ByteArray?) -> Unit) = CameraWindow(activity, words, null, done).open()

    /**
     * Reads QR codes and hands each one's bytes to [found], from the camera's thread and as often as it is seen, until that answers
     * true or the user leaves. [done] is called exactly once, from any thread.
     */
    fun codes(found: (ByteArray) -> Boolean, done: () -> Unit = {}) = CameraWindow(activity, words, found) { done() }.open()
}
