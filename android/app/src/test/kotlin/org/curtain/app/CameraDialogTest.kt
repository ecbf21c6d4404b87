package org.curtain.app

import android.Manifest
import android.app.Activity
import android.app.Application
import android.content.pm.PackageManager
import android.graphics.SurfaceTexture
import android.os.Looper
import android.view.TextureView
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager
import android.widget.ImageButton
import java.time.Duration
import java.util.Locale
import org.curtain.core.KeystoreStrength
import org.curtain.kit.device.CameraDialog
import org.curtain.kit.device.CameraWords
import org.curtain.kit.device.PhoneDevice
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowDialog

/** The camera's window and its permission; there is no camera behind it here. */
@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class CameraDialogTest {
    private val words = CameraWords("picture", "scan", "shutter", "close", "light on", "light off")
    private val app = RuntimeEnvironment.getApplication()
    private val answers = ArrayList<ByteArray?>()

    private fun stage(test: (ActivityController<Activity>) -> Unit) = Robolectric.buildActivity(Activity::class.java).use { test(it.setup()) }

    private fun settle() = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(50))

    private fun View.all(): List<View> = listOf(this) + if (this is ViewGroup) (0 until childCount).flatMap { getChildAt(it).all() } else emptyList()

    private fun shown() = ShadowDialog.getLatestDialog().also { assertTrue(it.isShowing) }.window!!

    private fun button(label: String) = shown().decorView.all().filterIsInstance<ImageButton>().single { it.contentDescription == label }

    @Test
    fun no_screenshot_is_made_of_it_and_every_button_has_its_words_and_size() = stage { activity ->
        CameraDialog(activity.get(), words).picture(answers::add)
        assertTrue(shown().attributes.flags and WindowManager.LayoutParams.FLAG_SECURE != 0)
        assertEquals(listOf("close", "shutter", "light on"), shown().decorView.all().filterIsInstance<ImageButton>().map { it.contentDescription })
        val density = app.resources.displayMetrics.density
        assertEquals((72 * density).toInt(), button("shutter").layoutParams.width)
        assertTrue(button("close").layoutParams.width >= 48 * density)
        assertFalse("before the camera shows anything", button("shutter").isEnabled)
        assertEquals(0, answers.size)
        assertFalse(activity.get().isFinishing)
    }

    @Test
    fun it_is_left_with_one_answer_however_it_is_left() {
        val ways = listOf<(ActivityController<Activity>) -> Unit>(
            { button("close").performClick() },
            { ShadowDialog.getLatestDialog().cancel() },
            { ShadowDialog.getLatestDialog().dismiss() },
            { it.pause().stop() },
            { it.pause().stop().destroy() },
        )
        for (way in ways) stage { activity ->
            answers.clear()
            CameraDialog(activity.get(), words).picture(answers::add)
            val dialog = ShadowDialog.getLatestDialog()
            way(activity)
            settle()
            dialog.dismiss()
            settle()
            assertEquals(listOf<ByteArray?>(null), answers)
            assertFalse(dialog.isShowing)
        }
    }

    @Test
    fun a_phone_whose_camera_does_not_open_says_no_once() = stage { activity ->
        CameraDialog(activity.get(), words).picture(answers::add)
        val view = shown().decorView.all().filterIsInstance<TextureView>().single()
        view.surfaceTextureListener!!.onSurfaceTextureAvailable(SurfaceTexture(0), 100, 200)
        val until = System.nanoTime() + 10_000_000_000
        while (answers.isEmpty() && System.nanoTime() < until) {
            shadowOf(Looper.getMainLooper()).idle()
            Thread.sleep(5)
        }
        settle()
        assertEquals(listOf<ByteArray?>(null), answers)
        assertFalse(ShadowDialog.getLatestDialog().isShowing)
    }

    @Test
    fun reading_codes_has_no_shutter_and_ends_once() = stage { activity ->
        var ends = 0
        CameraDialog(activity.get(), words).codes({ true }) { ends += 1 }
        assertEquals(listOf("close", "light on"), shown().decorView.all().filterIsInstance<ImageButton>().map { it.contentDescription })
        button("close").performClick()
        settle()
        assertEquals(1, ends)
    }

    @Test
    fun nothing_opens_over_an_activity_that_goes() = stage { activity ->
        activity.get().finish()
        CameraDialog(activity.get(), words).picture(answers::add)
        assertEquals(listOf<ByteArray?>(null), answers)
        assertNull(ShadowDialog.getLatestDialog())
    }

    @Test
    fun the_camera_is_asked_for_when_it_is_wanted() = stage { activity ->
        val device = PhoneDevice(app, { KeystoreStrength.SOFTWARE }, { activity.get() }, camera = { words })
        device.takePicture(answers::add)
        assertEquals("no camera in this phone", listOf<ByteArray?>(null), answers)
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_CAMERA_ANY, true)
        answers.clear()
        device.takePicture(answers::add)
        settle()
        val asked = shadowOf(activity.get()).lastRequestedPermission
        assertEquals(listOf(Manifest.permission.CAMERA), asked.requestedPermissions.toList())
        assertEquals(0, answers.size)
        assertTrue(device.permitted(asked.requestCode))
        settle()
        assertEquals("refused", listOf<ByteArray?>(null), answers)
        assertFalse("answered already", device.permitted(asked.requestCode))
        device.takePicture(answers::add)
        settle()
        shadowOf(app).grantPermissions(Manifest.permission.CAMERA)
        assertTrue(device.permitted(shadowOf(activity.get()).lastRequestedPermission.requestCode))
        settle()
        assertEquals("allowed: the window is there", "picture", shown().attributes.title)
        button("close").performClick()
        settle()
        assertEquals(listOf<ByteArray?>(null, null), answers)
    }

    @Test
    fun the_words_are_there_in_both_languages() {
        val all = listOf(R.string.camera_picture, R.string.camera_scan, R.string.camera_shutter, R.string.camera_close, R.string.camera_light_on, R.string.camera_light_off)
        fun said(language: String) = app.createConfigurationContext(app.resources.configuration.apply { setLocale(Locale.forLanguageTag(language)) }).run { all.map(::getString) }
        assertTrue(said("en").zip(said("es")).all { (english, spanish) -> english.isNotEmpty() && spanish.isNotEmpty() && english != spanish })
    }
}
