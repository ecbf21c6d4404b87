package org.curtain.app

import android.app.Application
import android.app.job.JobInfo
import android.app.job.JobScheduler
import android.content.ComponentName
import android.content.Context
import java.io.File
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import org.curtain.core.Clock
import org.curtain.core.CurtainException
import org.curtain.core.Keystore
import org.curtain.kit.SessionHolder
import org.curtain.kit.device.ElapsedClock
import org.curtain.kit.device.KeystoreVault
import org.curtain.kit.device.ManagedConfig
import org.curtain.kit.device.ScreenOff
import org.curtain.kit.direct

/** The app's life: Curtain is opened once, off the main thread, and locked when the screen goes dark. */
open class CurtainApp : Application() {
    /** What runs off the main thread, in order. */
    val work: ExecutorService by lazy { Executors.newSingleThreadExecutor { Thread(it, "curtain") } }

    /** The phone's keys. */
    open val keystore: Keystore by lazy { KeystoreVault() }

    /** The phone's clocks. */
    open val clock: Clock by lazy { ElapsedClock(this) }

    private var opened: SessionHolder? = null

    /** The one holder, opened at the first call: not on the main thread. A failure is not kept: the next call tries again. */
    fun holder(): SessionHolder = synchronized(this) {
        opened ?: SessionHolder.open(directory().path, keystore, clock).also { opened = it }
    }

    /** The holder if it was opened already; from any thread. */
    fun holderIfOpen(): SessionHolder? = synchronized(this) { opened }

    /** Where the vault lies: kept from every backup by the system as well as by the rules of the manifest. */
    open fun directory(): File = File(noBackupFilesDir, "curtain").apply { mkdirs() }

    override fun onCreate() {
        super.onCreate()
        ScreenOff { quietly { holderIfOpen()?.lock() } }.listen(this)
        ManagedConfig(this).watch(this) { quietly(::deliverManaged) }
        TickJob.schedule(this)
    }

    /** What device management left for us goes to the core. */
    fun deliverManaged() {
        val curtain = holder().curtain
        ManagedConfig(this).deliver { curtain.deliver(it.direct()) }
    }

    /** Runs off the main thread; what fails there is asked again by the next tick. */
    fun quietly(task: () -> Unit) = work.execute {
        try {
            task()
        } catch (_: CurtainException) {
            // The screens show the state that they find; nothing is lost by a lock or tick that comes later.
        }
    }

    companion object {
        /** The app that a context belongs to. */
        fun of(context: Context): CurtainApp = context.applicationContext as CurtainApp

        internal fun job(context: Context): JobInfo = JobInfo.Builder(1, ComponentName(context, TickJob::class.java))
            .setPeriodic(JobInfo.getMinPeriodMillis())
            .build()

        internal fun scheduler(context: Context): JobScheduler = context.getSystemService(JobScheduler::class.java)!!
    }
}
