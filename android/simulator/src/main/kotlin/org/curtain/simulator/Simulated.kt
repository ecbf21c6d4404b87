package org.curtain.simulator

import java.nio.file.Files
import java.nio.file.Path
import java.util.UUID
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.io.path.exists
import kotlin.io.path.readText
import org.curtain.core.Clock
import org.curtain.core.Curtain
import org.curtain.core.Delivery
import org.curtain.core.Instant
import org.curtain.core.KeystoreStrength
import org.curtain.kit.FakeKeystore
import org.curtain.kit.Hospital
import org.curtain.kit.Reachable
import org.curtain.kit.SessionHolder
import org.curtain.kit.agreed
import org.curtain.kit.direct
import org.curtain.kit.guarded
import org.curtain.kit.guess
import org.curtain.kit.passcode
import org.curtain.kit.screen.Shell
import org.curtain.kit.ward

/** The six digits of the simulator. */
const val PIN: String = "835190"

/**
 * The PC's clocks: wall time, the monotonic time since boot, and the boot's own name. Where the system has no such name the process
 * is one, so that a restart is seen rather too often.
 */
class DesktopClock : Clock {
    private val boot = Path.of("/proc/sys/kernel/random/boot_id").let { if (it.exists()) it.readText().trim() else "${UUID.randomUUID()}" }

    override fun now(): Instant =
        Instant(System.currentTimeMillis(), (System.nanoTime() / 1_000_000).coerceAtLeast(0).toULong(), boot)
}

/**
 * Curtain on a PC: the real library and the app's own shell, over keys in files. Enrols itself with a hospital of the desk program when
 * [home] holds no phone yet. [say] gets lines for the terminal, none of them with a patient in it.
 */
class Simulated(private val home: Path, language: String, private val say: (String) -> Unit) : AutoCloseable {
    private val directory: Path = Files.createDirectories(home.resolve("phone"))
    private val keystore = FakeKeystore(Files.createDirectories(home.resolve("keys")), KeystoreStrength.HMAC_HARDWARE)
    private val clock = DesktopClock()
    private val worker: ExecutorService = Executors.newSingleThreadExecutor { Thread(it, "curtain") }
    private val device = DesktopDevice(home.resolve("saved"), language, say)

    /** The patient who agreed to texts; null when the phone was there before. */
    val agreed: Reachable? = if (Curtain.open(directory.toString(), keystore.guarded(), clock.guarded()).use { it.workspaces().isEmpty() }) enrolled() else null

    /** What the screens are shown from. */
    val shell: Shell = Shell(worker, device) { onLocked -> SessionHolder.open(directory.toString(), keystore, clock, onLocked) }.also(Shell::start)

    init {
        say("SIMULATOR: its keys are in files, $home/keys, and no phone protects them. For trying, never for a patient.")
        say("PIN $PIN")
    }

    /** From the request to a lock screen with patients behind it, as a clinician and a desk would do it. */
    private fun enrolled(): Reachable = Curtain.open(directory.toString(), keystore.guarded(), clock.guarded()).use { curtain ->
        say("enrolling with a hospital made by the desk program …")
        val hospital = Hospital(home.resolve("hospital"))
        val request = curtain.request()
        val (answer, words) = hospital.enrol(request.document)
        check(words == curtain.enrolmentWords(answer.direct())) { "the desk shows other words" }
        val workspace = passcode(PIN).spend { curtain.enrol(answer.direct(), it) }.id
        for (document in listOf(hospital.policy(), hospital.lease(request.enrolment))) check(curtain.deliver(document.direct()) == Delivery.Done)
        curtain.guess(workspace, PIN).use { session ->
            val to = session.ward()
            session.agreed(to)
            // What the consent left to chart: tonight starts empty.
            session.chartItems().forEach { session.fileChart(it.id) }
            session.lock()
            to
        }
    }

    /** Waits until the worker did what it was asked for, and what that asked for. */
    fun settle() = repeat(3) { worker.submit {}.get(1, TimeUnit.MINUTES) }

    override fun close() {
        shell.close()
        worker.shutdown()
        worker.awaitTermination(1, TimeUnit.MINUTES)
        device.close()
    }
}
