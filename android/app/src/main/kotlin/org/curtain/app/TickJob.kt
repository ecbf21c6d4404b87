package org.curtain.app

import android.app.job.JobParameters
import android.app.job.JobService
import android.content.Context

/** About every quarter of an hour, as the system likes: leases, orders that wait, managed documents. Needs no network. */
class TickJob : JobService() {
    override fun onStartJob(parameters: JobParameters): Boolean {
        CurtainApp.of(this).phone.tickQuietly { jobFinished(parameters, false) }
        return true
    }

    override fun onStopJob(parameters: JobParameters): Boolean = true

    companion object {
        /** Asks for the turns, unless they are asked for already. */
        fun schedule(context: Context) {
            val scheduler = CurtainApp.scheduler(context)
            val job = CurtainApp.job(context)
            if (scheduler.getPendingJob(job.id) == null) scheduler.schedule(job)
        }
    }
}
