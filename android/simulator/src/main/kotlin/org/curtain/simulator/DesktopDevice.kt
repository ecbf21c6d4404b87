package org.curtain.simulator

import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.toComposeImageBitmap
import java.awt.EventQueue
import java.awt.FileDialog
import java.awt.Frame
import java.awt.GraphicsEnvironment
import java.awt.Toolkit
import java.awt.datatransfer.DataFlavor
import java.awt.datatransfer.StringSelection
import java.io.File
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.TimeZone
import java.util.concurrent.Executors
import java.util.concurrent.ScheduledExecutorService
import java.util.concurrent.TimeUnit
import org.curtain.kit.screen.Device
import org.curtain.kit.screen.SettingsState
import org.jetbrains.skia.Image

/**
 * What a PC can do of what the screens ask a phone for: a clipboard, files, a timer. It has no camera, no voice, no finger, no motor, and
 * opens no link: it [say]s that it would, without the text.
 *
 * @param saved where files go that the user saves.
 * @param tag the clinician's language, BCP 47.
 */
class DesktopDevice(private val saved: Path, private val tag: String, private val say: (String) -> Unit) : Device, AutoCloseable {
    private val timer: ScheduledExecutorService = Executors.newSingleThreadScheduledExecutor { Thread(it, "after").apply { isDaemon = true } }

    override fun nowMs(): Long = System.currentTimeMillis()

    override fun utcOffsetMinutes(): Int = TimeZone.getDefault().getOffset(nowMs()) / 60_000

    override fun language(): String = tag

    override fun open(link: String): Boolean {
        say(wouldOpen(link))
        return true
    }

    override fun copy(text: String, seconds: Int) {
        if (GraphicsEnvironment.isHeadless()) return say("would copy to the clipboard, and clear it after $seconds s")
        val clipboard = Toolkit.getDefaultToolkit().systemClipboard
        clipboard.setContents(StringSelection(text), null)
        after(seconds * 1000L) {
            try {
                if (clipboard.getData(DataFlavor.stringFlavor) == text) clipboard.setContents(StringSelection(""), null)
            } catch (_: IOException) {
                // Whoever owns it now cannot say what it is: it is not ours any more.
            } catch (_: java.awt.datatransfer.UnsupportedFlavorException) {
                // No text: not ours either.
            } catch (_: IllegalStateException) {
                say("the clipboard is busy and was not cleared")
            }
        }
    }

    override fun save(name: String, type: String, bytes: ByteArray, done: (saved: Boolean) -> Unit) {
        val written = try {
            // The name alone: a path in it leads nowhere.
            val file = Files.createDirectories(saved).resolve(File(name).name)
            Files.write(file, bytes)
            say("saved $file")
            true
        } catch (_: IOException) {
            false
        }
        done(written)
    }

    override fun chooseFile(done: (ByteArray?) -> Unit) = choose(MAX_DOCUMENT, done)

    override fun scan(found: (ByteArray) -> Boolean, done: () -> Unit) = done()

    override fun takePicture(done: (ByteArray?) -> Unit) = done(null)

    override fun choosePicture(done: (ByteArray?) -> Unit) = choose(MAX_PICTURE, done)

    /** The core reads what a PC's pictures are; nothing else is decoded here. */
    override fun toJpeg(picture: ByteArray): ByteArray? = null

    override fun cameraAllowed(): Boolean = false

    override fun speak(text: String, language: String, done: (Boolean) -> Unit) = done(false)

    override fun touch(workspace: String, done: (Device.Touch) -> Unit) = done(Device.Touch.CANCELLED)

    override val touchForbidden: Boolean get() = true

    override fun tick(strength: Device.Tick) = Unit

    @Volatile override var haptics: Boolean = false

    /** The truth about this one, whatever it tells the core. */
    override fun keystore(): SettingsState.Keystore = SettingsState.Keystore.SOFTWARE

    override fun after(ms: Long, work: () -> Unit): () -> Unit {
        val one = timer.schedule(work, ms, TimeUnit.MILLISECONDS)
        return { one.cancel(false) }
    }

    override fun close() {
        timer.shutdownNow()
    }

    private fun choose(most: Int, done: (ByteArray?) -> Unit) {
        if (GraphicsEnvironment.isHeadless()) return done(null)
        EventQueue.invokeLater {
            val dialog = FileDialog(null as Frame?).apply { isVisible = true }
            done(dialog.files.singleOrNull()?.let { read(it, most) })
        }
    }

    private fun read(file: File, most: Int): ByteArray? = try {
        file.inputStream().use { it.readNBytes(most + 1) }.takeIf { it.size <= most }
    } catch (_: IOException) {
        null
    }

    companion object {
        /** A JPEG or PNG for the screen; null for what Skia cannot read. */
        fun decode(picture: ByteArray): ImageBitmap? = try {
            Image.makeFromEncoded(picture).toComposeImageBitmap()
        } catch (_: IllegalArgumentException) {
            null
        }

        private const val MAX_DOCUMENT = 64 * 1024
        private const val MAX_PICTURE = 32 * 1024 * 1024
        private const val SHORTEST_NUMBER = 7

        /** The scheme and a number's last four digits: what may stand in a terminal that somebody records. */
        fun wouldOpen(link: String): String {
            val scheme = link.substringBefore(':', "").takeIf { it.isNotEmpty() && it.all { sign -> sign.isLetterOrDigit() || sign in "+-." } } ?: "a link"
            val digits = link.substringAfter(':', "").substringBefore('?').filter(Char::isDigit)
            return "would open $scheme" + if (digits.length >= SHORTEST_NUMBER) ", number ends ${digits.takeLast(4)}" else ""
        }
    }
}
