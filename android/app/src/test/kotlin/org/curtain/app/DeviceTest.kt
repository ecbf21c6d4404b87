package org.curtain.app

import android.app.Notification
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.ActivityNotFoundException
import android.content.ClipData
import android.content.ClipboardManager
import android.content.Context
import android.content.ContextWrapper
import android.content.Intent
import android.os.Bundle
import android.os.Looper
import android.provider.Settings
import java.time.Duration
import org.curtain.core.KeystoreException
import org.curtain.kit.device.ElapsedClock
import org.curtain.kit.device.Handoff
import org.curtain.kit.device.ManagedConfig
import org.curtain.kit.device.NoticeWords
import org.curtain.kit.device.Notices
import org.curtain.kit.device.Opened
import org.curtain.kit.device.ScreenOff
import org.curtain.kit.device.SecureClipboard
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(application = android.app.Application::class)
class DeviceTest {
    private val context: Context = RuntimeEnvironment.getApplication()

    /** A phone whose apps answer as the test says. */
    private class Apps(base: Context, private val answer: (Intent) -> Unit = {}) : ContextWrapper(base) {
        val started = ArrayList<Intent>()
        override fun startActivity(intent: Intent) {
            answer(intent)
            started += intent
        }
    }

    @Test
    fun a_text_goes_into_the_messages_app_and_is_not_sent() {
        val apps = Apps(context)
        assertEquals(Opened.YES, Handoff(apps).sms("+44 20 7946 0958", "Please call us & ask?"))
        val intent = apps.started.single()
        assertEquals(Intent.ACTION_SENDTO, intent.action)
        assertEquals("smsto" to "+44 20 7946 0958", intent.data?.run { scheme to schemeSpecificPart })
        assertEquals("Please call us & ask?", intent.getStringExtra("sms_body"))
    }

    @Test
    fun a_mail_keeps_its_signs_and_gets_no_second_addressee() {
        val apps = Apps(context)
        Handoff(apps).mail("a@b.example?cc=x@y.example", "1 & 2", "50% = ½\nend")
        val uri = apps.started.single().data.toString()
        assertEquals("mailto:a@b.example%3Fcc%3Dx@y.example?subject=1%20%26%202&body=50%25%20%3D%20%C2%BD%0Aend", uri)
    }

    @Test
    fun a_call_is_typed_not_made_and_the_portal_is_https() {
        val apps = Apps(context)
        assertEquals(Opened.YES, Handoff(apps).call("555-123-4567"))
        assertEquals(Intent.ACTION_DIAL, apps.started.single().action)
        for (bad in listOf("http://a.example", "file:///x", "javascript:1", "https:", "")) assertEquals(bad, Opened.REFUSED, Handoff(apps).portal(bad))
        assertEquals(Opened.YES, Handoff(apps).portal("https://portal.example/x"))
    }

    @Test
    fun no_app_and_a_refusal_are_typed() {
        assertEquals(Opened.NO_APP, Handoff(Apps(context) { throw ActivityNotFoundException() }).sms("1", "x"))
        assertEquals(Opened.REFUSED, Handoff(Apps(context) { throw SecurityException() }).call("1"))
    }

    @Test
    fun a_copy_is_marked_and_goes_after_a_minute() {
        val clipboard = context.getSystemService(ClipboardManager::class.java)!!
        SecureClipboard(context).copy("text")
        assertTrue(clipboard.primaryClipDescription!!.extras!!.getBoolean("android.content.extra.IS_SENSITIVE"))
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(59))
        assertTrue(clipboard.hasPrimaryClip())
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(2))
        assertFalse(clipboard.hasPrimaryClip())
    }

    @Test
    fun what_somebody_else_copied_stays() {
        val clipboard = context.getSystemService(ClipboardManager::class.java)!!
        val ours = SecureClipboard(context)
        ours.copy("text")
        clipboard.setPrimaryClip(ClipData.newPlainText("other", "theirs"))
        ours.clear()
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMinutes(2))
        assertEquals("theirs", clipboard.primaryClip!!.getItemAt(0).text)
    }

    @Test
    fun a_notice_is_a_count_and_is_hidden() {
        val notifications = context.getSystemService(NotificationManager::class.java)!!
        val tapped = PendingIntent.getActivity(context, 0, Intent(context, MainActivity::class.java), PendingIntent.FLAG_IMMUTABLE)
        val notices = Notices(context, R.drawable.ic_launcher_monochrome, NoticeWords("Reminders", "Curtain") { "$it things to finish" })
        notices.show(3, tapped)
        val notice = notifications.activeNotifications.single().notification
        assertEquals(Notification.VISIBILITY_SECRET, notice.visibility)
        assertEquals("Curtain" to "3 things to finish", notice.extras.run { "${get(Notification.EXTRA_TITLE)}" to "${get(Notification.EXTRA_TEXT)}" })
        assertNull(notice.tickerText)
        assertEquals(Notification.VISIBILITY_SECRET, notifications.getNotificationChannel("reminders").lockscreenVisibility)
        notices.show(0, tapped)
        assertEquals(0, notifications.activeNotifications.size)
    }

    @Test
    fun managed_rules_only_make_stricter_and_nonsense_counts_as_not_set() {
        fun managed(fill: Bundle.() -> Unit) = ManagedConfig { Bundle().apply(fill) }.now()
        assertEquals(60, managed { putInt(ManagedConfig.IDLE, 60) }.idle(120))
        assertEquals(120, managed { putInt(ManagedConfig.IDLE, 600) }.idle(120))
        for (bad in listOf(0, -1, 29, 3601)) assertEquals(120, managed { putInt(ManagedConfig.IDLE, bad) }.idle(120))
        assertEquals(120, managed { putString(ManagedConfig.IDLE, "60") }.idle(120))
        assertTrue(managed { putBoolean(ManagedConfig.BIOMETRY_OFF, true) }.biometryOff)
        assertFalse(managed { putString(ManagedConfig.BIOMETRY_OFF, "true") }.biometryOff)
        assertEquals(listOf("{1}", "{2}"), managed { putString(ManagedConfig.DOCUMENTS, " {1}\n\n{2}\n") }.documents.map(::String))
        assertEquals(16, managed { putString(ManagedConfig.DOCUMENTS, "x\n".repeat(1000)) }.documents.size)
        assertEquals(emptyList<ByteArray>(), managed { putString(ManagedConfig.DOCUMENTS, "x".repeat(70_000)) }.documents)
    }

    @Test
    fun the_clock_names_the_boot_and_will_not_guess_it() {
        Settings.Global.putInt(context.contentResolver, Settings.Global.BOOT_COUNT, 7)
        assertEquals("7", ElapsedClock(context).now().bootId)
        Settings.Global.putString(context.contentResolver, Settings.Global.BOOT_COUNT, null)
        assertThrows(KeystoreException.NotNow::class.java) { ElapsedClock(context).now() }
    }

    @Test
    fun a_dark_screen_locks() {
        var locks = 0
        ScreenOff { locks += 1 }.listen(context)
        context.sendBroadcast(Intent(Intent.ACTION_SCREEN_OFF))
        context.sendBroadcast(Intent(Intent.ACTION_SCREEN_ON))
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals(1, locks)
    }
}
