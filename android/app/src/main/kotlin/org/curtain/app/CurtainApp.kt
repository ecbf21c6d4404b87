package org.curtain.app

import android.app.Application
import android.app.PendingIntent
import android.app.job.JobInfo
import android.app.job.JobScheduler
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import org.curtain.kit.device.NoticeWords
import org.curtain.kit.device.Notices
import org.curtain.kit.device.PhoneShell
import org.curtain.kit.device.SystemDialog

/** The app's life: one Curtain for the process, opened off the main thread, locked when the screen goes dark. */
open class CurtainApp : Application() {
    /** Keystore, clock, worker and the screens' shell. */
    val phone: PhoneShell by lazy(::makePhone)

    /** Tests give another keystore and clock. */
    protected open fun makePhone(): PhoneShell = PhoneShell(
        this,
        notices = notices(),
        dialog = { SystemDialog(it, getString(R.string.finger_title), getString(R.string.finger_passcode)) },
    )

    override fun onCreate() {
        super.onCreate()
        phone.listen()
        TickJob.schedule(this)
    }

    /** One neutral reminder with a count; a tap opens the lock screen. */
    protected fun notices(): (Int) -> Unit {
        val words = NoticeWords(getString(R.string.notice_channel), getString(R.string.notice_title)) {
            resources.getQuantityString(R.plurals.notice_open, it, it)
        }
        val notices = Notices(this, R.drawable.ic_launcher_monochrome, words)
        val tapped = PendingIntent.getActivity(this, 0, Intent(this, MainActivity::class.java), PendingIntent.FLAG_IMMUTABLE)
        return { notices.show(it, tapped) }
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
