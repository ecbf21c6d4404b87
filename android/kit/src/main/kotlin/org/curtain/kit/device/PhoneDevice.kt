package org.curtain.kit.device

import android.Manifest
import android.app.Activity
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Matrix
import android.media.ExifInterface
import android.net.Uri
import android.os.CancellationSignal
import android.os.Handler
import android.os.Looper
import android.os.VibrationEffect
import android.os.Vibrator
import android.speech.tts.TextToSpeech
import android.speech.tts.UtteranceProgressListener
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.util.Locale
import java.util.TimeZone
import org.curtain.core.KeystoreException
import org.curtain.core.KeystoreStrength
import org.curtain.kit.screen.Device
import org.curtain.kit.screen.SettingsState
import org.curtain.kit.screen.shown

/**
 * What only Android can do, for the screens' presenters.
 *
 * Files and pictures go through the system's own pickers, whose activity covers ours: the app locks meanwhile, as its policy
 * says, and what comes back is handed on all the same, to whoever still waits for it. Nothing is written anywhere but where the user
 * said.
 *
 * @param host the activity that is in front, or null while there is none: what needs one is then answered with a no.
 * @param finger the prompt for the workspace whose lock screen is shown.
 */
class PhoneDevice(
    private val context: Context,
    private val vault: () -> KeystoreStrength,
    private val host: () -> Activity?,
    private val forbidden: () -> Boolean = { false },
    private val finger: ((String, CancellationSignal, (FingerOutcome) -> Unit) -> Unit)? = null,
) : Device {
    private val main = Handler(Looper.getMainLooper())
    private val clipboard by lazy { SecureClipboard(context) }
    private val settings = context.getSharedPreferences("shell", Context.MODE_PRIVATE)
    private val waiting = HashMap<Int, (Uri?) -> Unit>()
    private var voice: TextToSpeech? = null

    override fun nowMs(): Long = System.currentTimeMillis()

    override fun utcOffsetMinutes(): Int = TimeZone.getDefault().getOffset(nowMs()) / 60_000

    override fun language(): String = context.resources.configuration.locales[0].toLanguageTag()

    override fun open(link: String): Boolean = Handoff(context).link(link) == Opened.YES

    override fun copy(text: String, seconds: Int) {
        main.post { clipboard.copy(text, seconds * 1000L) }
    }

    /** Clears the clipboard if it is still ours: at a lock and on resume. */
    fun clearClipboard() {
        main.post { clipboard.clear() }
    }

    override fun save(name: String, type: String, bytes: ByteArray, done: (Boolean) -> Unit) {
        val intent = Intent(Intent.ACTION_CREATE_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType(type).putExtra(Intent.EXTRA_TITLE, name)
        ask(intent) { uri -> done(uri != null && write(uri, bytes)) }
    }

    override fun chooseFile(done: (ByteArray?) -> Unit) =
        ask(Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType("*/*")) { uri ->
            done(uri?.let { read(it, MAX_DOCUMENT) })
        }

    override fun choosePicture(done: (ByteArray?) -> Unit) =
        ask(Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType("image/*")) { uri ->
            done(uri?.let { read(it, MAX_PICTURE) })
        }

    override fun toJpeg(picture: ByteArray): ByteArray? {
        val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeByteArray(picture, 0, picture.size, bounds)
        val pixels = bounds.outWidth.toLong() * bounds.outHeight
        if (pixels <= 0 || pixels > MAX_PIXELS) return null
        val decoded = BitmapFactory.decodeByteArray(picture, 0, picture.size) ?: return null
        val upright = turned(decoded, picture)
        return ByteArrayOutputStream().use { out -> out.takeIf { upright.compress(Bitmap.CompressFormat.JPEG, JPEG_QUALITY, it) }?.toByteArray() }
    }

    override fun takePicture(done: (ByteArray?) -> Unit) {
        val activity = host()
        if (activity == null || !cameraAllowed()) return done(null)
        main.post { CameraDialog(activity).picture(done) }
    }

    override fun cameraAllowed(): Boolean = context.checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED

    override fun speak(text: String, language: String, done: (Boolean) -> Unit) {
        main.post {
            val spoken = object : UtteranceProgressListener() {
                override fun onStart(id: String?) = Unit
                override fun onDone(id: String?) = done(true)

                @Deprecated("The system still calls it.")
                override fun onError(id: String?) = done(false)
            }
            val say = { engine: TextToSpeech ->
                val locale = Locale.forLanguageTag(language)
                engine.setOnUtteranceProgressListener(spoken)
                val can = engine.isLanguageAvailable(locale) >= TextToSpeech.LANG_AVAILABLE && engine.setLanguage(locale) >= TextToSpeech.LANG_AVAILABLE
                if (!can || engine.speak(text, TextToSpeech.QUEUE_FLUSH, null, "wording") != TextToSpeech.SUCCESS) done(false)
            }
            voice?.let(say) ?: run {
                voice = TextToSpeech(context) { status -> if (status == TextToSpeech.SUCCESS) voice?.let(say) else done(false) }
            }
        }
    }

    override val touchForbidden: Boolean get() = forbidden()

    override fun touch(workspace: String, done: (Device.Touch) -> Unit) {
        val prompt = finger ?: return done(Device.Touch.CANCELLED)
        main.post {
            prompt(workspace, CancellationSignal()) { outcome ->
                done(
                    when (outcome) {
                        FingerOutcome.RELEASED -> Device.Touch.ACCEPTED
                        FingerOutcome.REFUSED -> Device.Touch.REFUSED
                        // A key that is gone is found out by the core, which says so at the next unlock.
                        FingerOutcome.LEFT, FingerOutcome.GONE, FingerOutcome.NOT_NOW -> Device.Touch.CANCELLED
                    },
                )
            }
        }
    }

    override fun tick(strength: Device.Tick) {
        if (!haptics) return
        val effect = when (strength) {
            Device.Tick.SOFT -> VibrationEffect.createOneShot(12, 60)
            Device.Tick.LIGHT -> VibrationEffect.createOneShot(20, 120)
            Device.Tick.LONG -> VibrationEffect.createOneShot(400, VibrationEffect.DEFAULT_AMPLITUDE)
        }
        context.getSystemService(Vibrator::class.java)?.vibrate(effect)
    }

    override var haptics: Boolean
        get() = settings.getBoolean(HAPTICS, true)
        set(on) = settings.edit().putBoolean(HAPTICS, on).apply()

    override fun keystore(): SettingsState.Keystore = try {
        vault().shown
    } catch (_: KeystoreException) {
        SettingsState.Keystore.SOFTWARE // Never better than it says.
    }

    override fun after(ms: Long, work: () -> Unit): () -> Unit {
        val later = Runnable(work)
        main.postDelayed(later, ms)
        return { main.removeCallbacks(later) }
    }

    /** To be called by the activity with every result it gets; true if it was an answer to a question of this device. */
    fun answered(request: Int, uri: Uri?): Boolean = (synchronized(waiting) { waiting.remove(request) } ?: return false).let { it(uri); true }

    private fun ask(intent: Intent, done: (Uri?) -> Unit) {
        val activity = host() ?: return done(null)
        val request = synchronized(waiting) { ((waiting.keys.maxOrNull() ?: FIRST_REQUEST) + 1).also { waiting[it] = done } }
        main.post {
            try {
                @Suppress("DEPRECATION") // The kit has no androidx; the framework knows no other way.
                activity.startActivityForResult(intent, request)
            } catch (_: android.content.ActivityNotFoundException) {
                answered(request, null)
            }
        }
    }

    private fun write(uri: Uri, bytes: ByteArray): Boolean = try {
        context.contentResolver.openOutputStream(uri, "w")?.use { it.write(bytes) } != null
    } catch (_: IOException) {
        false
    } catch (_: SecurityException) {
        false
    }

    /** Null for what is longer than [limit]. */
    private fun read(uri: Uri, limit: Int): ByteArray? = try {
        context.contentResolver.openInputStream(uri)?.use { input ->
            val bytes = ByteArrayOutputStream()
            val part = ByteArray(PART)
            while (true) {
                val length = input.read(part)
                if (length < 0) break
                if (bytes.size() + length > limit) return null
                bytes.write(part, 0, length)
            }
            bytes.toByteArray()
        }
    } catch (_: IOException) {
        null
    } catch (_: SecurityException) {
        null
    }

    private fun turned(bitmap: Bitmap, picture: ByteArray): Bitmap {
        val orientation = try {
            ExifInterface(ByteArrayInputStream(picture)).getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)
        } catch (_: IOException) {
            ExifInterface.ORIENTATION_NORMAL
        }
        val degrees = when (orientation) {
            ExifInterface.ORIENTATION_ROTATE_90 -> 90f
            ExifInterface.ORIENTATION_ROTATE_180 -> 180f
            ExifInterface.ORIENTATION_ROTATE_270 -> 270f
            else -> return bitmap
        }
        return Bitmap.createBitmap(bitmap, 0, 0, bitmap.width, bitmap.height, Matrix().apply { postRotate(degrees) }, true)
    }

    private companion object {
        const val HAPTICS = "haptics"
        const val FIRST_REQUEST = 100
        const val MAX_DOCUMENT = 64 * 1024
        const val MAX_PICTURE = 32 * 1024 * 1024
        const val MAX_PIXELS = 64_000_000L
        const val JPEG_QUALITY = 92
        const val PART = 64 * 1024
    }
}
