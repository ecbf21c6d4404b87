package org.curtain.kit.device

import android.app.Activity
import android.content.Context
import android.os.SystemClock
import java.io.File
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import org.curtain.core.Clock
import org.curtain.core.CurtainException
import org.curtain.core.Keystore
import org.curtain.kit.SessionHolder
import org.curtain.kit.direct
import org.curtain.kit.screen.Shell

/**
 * Curtain on one Android phone, for the life of the process: keystore, clock, the worker, the shell and what wakes and locks it. An
 * app keeps one in its `Application` and hands its activity's life to it.
 *
 * @param notices reminders with a count; null shows none.
 * @param dialog the system's prompt for a finger in the activity that is in front.
 */
class PhoneShell(
    context: Context,
    private val keystore: Keystore = KeystoreVault(),
    private val clock: Clock = ElapsedClock(context),
    private val directory: File = File(context.noBackupFilesDir, "curtain"),
    private val notices: ((unfinished: Int) -> Unit)? = null,
    private val dialog: ((Activity) -> BiometricDialog)? = null,
) {
    private val app = context.applicationContext ?: context
    private val managed = ManagedConfig(app)
    private val worker: ExecutorService = Executors.newSingleThreadExecutor { Thread(it, "curtain") }
    private var front: Activity? = null
    private var told: (String) -> Unit = {}
    private var opened: SessionHolder? = null

    @Volatile private var touchedMs = SystemClock.elapsedRealtime()

    /** What the presenters ask of the phone. */
    val device: PhoneDevice = PhoneDevice(app, { keystore.strength() }, { front }, { managed.now().biometryOff }) { workspace, cancel, done ->
        val activity = front
        val prompt = dialog
        if (activity == null || prompt == null || keystore !is KeystoreVault) done(FingerOutcome.NOT_NOW)
        else FingerPrompt(keystore, prompt(activity)).ask(workspace, cancel, done)
    }

    /** The screens' one source. */
    val shell: Shell = Shell(worker, device) { onLocked ->
        told = onLocked
        holder()
    }

    /** Once, when the process starts: listens for the dark screen and for device management. */
    fun listen() {
        ScreenOff(::lock).listen(app)
        managed.watch(app) { worker.execute(::deliverManaged) }
        shell.start()
        worker.execute(::deliverManaged)
    }

    /** An activity comes to the front. */
    fun resumed(activity: Activity) {
        front = activity
        touched()
        device.clearClipboard()
        shell.tick()
    }

    /** It is left; [rotating] is no leaving. */
    fun left(activity: Activity, rotating: Boolean) {
        if (front === activity) front = null
        if (!rotating) {
            shell.suspend()
            notices?.let { show -> worker.execute { show(unfinished()) } }
        }
    }

    /** The user did something: what device management allows of idle time begins anew. */
    fun touched() {
        touchedMs = SystemClock.elapsedRealtime()
    }

    /** About once a second while an activity is in front. */
    fun second() {
        val idle = managed.now().idleSeconds
        if (idle != null && shell.state.value.lockSeconds != null && SystemClock.elapsedRealtime() - touchedMs >= idle * 1000L) shell.lock()
        shell.tick()
    }

    /** Everything locks: the screen went dark. */
    fun lock() {
        (keystore as? KeystoreVault)?.forgetReleased()
        shell.lock()
        device.clearClipboard()
    }

    /** A document that another app shared: shown as what it is, once the core has looked at it. */
    fun deliver(document: ByteArray) {
        shell.deliver(document)
    }

    /** In the background, from the job: leases, orders that wait, managed documents. [done] when it is over. */
    fun tickQuietly(done: () -> Unit) = worker.execute {
        try {
            holder().tick()
            deliverManaged()
        } catch (_: CurtainException) {
            // The next turn tries again.
        } finally {
            done()
        }
    }

    /** Waits until what was asked for before is done; for tests. */
    fun idle(time: Long, unit: TimeUnit) {
        worker.submit {}.get(time, unit)
    }

    private fun holder(): SessionHolder = synchronized(this) {
        opened ?: SessionHolder.open(directory.apply { mkdirs() }.path, keystore, clock) { told(it) }.also { opened = it }
    }

    private fun deliverManaged() {
        try {
            val curtain = holder().curtain
            managed.deliver { curtain.deliver(it.direct()) }
        } catch (_: CurtainException) {
            // The next turn tries again.
        }
    }

    private fun unfinished(): Int = try {
        holder().curtain.workspaces().sumOf { (it.counts.drafts + it.counts.uncharted + it.counts.unknown).toInt() }
    } catch (_: CurtainException) {
        0
    }
}
