package org.curtain.kit.screen

import org.curtain.kit.FakeClock

/** A device for tests: it remembers, and its time passes when a test says so. */
class FakeDevice(private val clock: FakeClock) : Device {
    private class Later(val atMs: Long, val work: () -> Unit)

    private val later = ArrayList<Later>()
    val opened = ArrayList<String>()
    val copied = ArrayList<String>()
    val saved = HashMap<String, ByteArray>()
    var answersLinks = true
    var touch = Device.Touch.ACCEPTED
    var file: ByteArray? = null
    var picture: ByteArray? = null
    override var haptics = true

    override fun nowMs(): Long = clock.now().wallMs

    override fun utcOffsetMinutes() = 0

    override fun language() = "en-US"

    override fun open(link: String): Boolean = answersLinks.also { if (it) opened += link }

    override fun copy(text: String, seconds: Int) {
        copied += text
    }

    override fun save(name: String, type: String, bytes: ByteArray, done: (saved: Boolean) -> Unit) {
        saved[name] = bytes
        done(true)
    }

    override fun chooseFile(done: (ByteArray?) -> Unit) = done(file)

    override fun takePicture(done: (ByteArray?) -> Unit) = done(picture)

    override fun choosePicture(done: (ByteArray?) -> Unit) = done(picture)

    override fun toJpeg(picture: ByteArray): ByteArray? = null

    override fun cameraAllowed() = true

    override fun speak(text: String, language: String, done: (Boolean) -> Unit) = done(true)

    override fun touch(workspace: String, done: (Device.Touch) -> Unit) = done(touch)

    override fun tick(strength: Device.Tick) = Unit

    override fun keystore() = SettingsState.Keystore.SOFTWARE

    override fun after(ms: Long, work: () -> Unit): () -> Unit {
        val one = Later(clock.now().wallMs + ms, work)
        synchronized(later) { later += one }
        return { synchronized(later) { later -= one } }
    }

    /** Time passes on every clock, and what is due by then runs, in order. */
    fun pass(ms: Long) {
        val until = clock.now().wallMs + ms
        while (true) {
            val next = synchronized(later) { later.filter { it.atMs <= until }.minByOrNull { it.atMs }?.also(later::remove) } ?: break
            clock.pass((next.atMs - clock.now().wallMs).coerceAtLeast(0))
            next.work()
        }
        clock.pass((until - clock.now().wallMs).coerceAtLeast(0))
    }
}
