package org.curtain.app

import android.app.job.JobScheduler
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.view.WindowManager
import java.io.ByteArrayInputStream
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.GraphicsMode

@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class MainActivityTest {
    private val app = RuntimeEnvironment.getApplication() as CurtainApp

    @Test
    fun no_picture_is_taken_of_the_window_and_nothing_is_saved() {
        Robolectric.buildActivity(MainActivity::class.java).use { window ->
            val activity = window.setup().get()
            assertTrue(activity.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE != 0)
            val saved = Bundle()
            window.pause().stop().saveInstanceState(saved)
            assertEquals(saved.keySet().toString(), 0, saved.size())
        }
    }

    @Test
    fun a_tick_is_asked_for_once() {
        TickJob.schedule(app)
        TickJob.schedule(app)
        val jobs = app.getSystemService(JobScheduler::class.java)!!.allPendingJobs
        assertEquals(1, jobs.size)
        assertEquals(TickJob::class.java.name, jobs.single().service.className)
        assertNull(jobs.single().requiredNetwork)
    }

    @Test
    fun a_shared_document_is_read_to_its_bound_and_from_content_only() {
        val resolver = app.contentResolver
        fun read(size: Int): ByteArray? {
            val uri = Uri.parse("content://sender/$size")
            shadowOf(resolver).registerInputStream(uri, ByteArrayInputStream(ByteArray(size) { 1 }))
            return ReceiveActivity.read(resolver, uri)
        }
        assertArrayEquals(ByteArray(ReceiveActivity.MAX_BYTES) { 1 }, read(ReceiveActivity.MAX_BYTES))
        assertNull(read(ReceiveActivity.MAX_BYTES + 1))
        assertNull(read(0))
        assertNull(ReceiveActivity.read(resolver, Uri.parse("file:///etc/hostname")))
    }

    @Test
    fun a_share_shows_the_app_and_leaves() {
        Robolectric.buildActivity(ReceiveActivity::class.java, Intent(Intent.ACTION_SEND)).use { share ->
            val activity = share.create().get()
            assertTrue(activity.isFinishing)
            assertEquals(MainActivity::class.java.name, shadowOf(activity).nextStartedActivity.component?.className)
        }
    }
}
