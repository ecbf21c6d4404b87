package org.curtain.kit.device

import android.app.Activity
import android.app.Application
import android.app.Dialog
import android.content.pm.ActivityInfo
import android.graphics.Color
import android.graphics.Matrix
import android.graphics.SurfaceTexture
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.view.Gravity
import android.view.MotionEvent
import android.view.OrientationEventListener
import android.view.TextureView
import android.view.View
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.view.WindowManager
import android.widget.FrameLayout
import android.widget.ImageButton
import android.widget.TextView

/** The window of [CameraDialog]: the preview, the shutter or a line of words, close, light. */
internal class CameraWindow(
    private val activity: Activity,
    private val words: CameraWords,
    private val found: ((ByteArray) -> Boolean)?,
    done: (ByteArray?) -> Unit,
) : Dialog(activity, android.R.style.Theme_Black_NoTitleBar_Fullscreen) {
    private val answer = Once(done)
    private val main = Handler(Looper.getMainLooper())
    private val lens = Lens(activity, found?.let { wanted -> { code -> wanted(code).also { if (it) end(null) } } }, ::end) { end(null) }
    private val view = TextureView(activity)
    private val shutter = button(CameraSign.SHUTTER, words.shutter) { take() }
    private val torch = button(CameraSign.LIGHT, words.lightOn) { light(!lit) }
    private var eye: Eye? = null
    private var lit = false
    private var turned = 0
    private var orientation = ActivityInfo.SCREEN_ORIENTATION_UNSPECIFIED

    // The activity may be locked to one way up: then only the sensor knows how the phone is held.
    private val held = object : OrientationEventListener(activity) {
        override fun onOrientationChanged(degrees: Int) {
            turned = Turn.phone(degrees, turned)
        }
    }

    private val life = object : Application.ActivityLifecycleCallbacks {
        override fun onActivityStopped(stopped: Activity) {
            if (stopped === activity) end(null)
        }

        override fun onActivityDestroyed(destroyed: Activity) = onActivityStopped(destroyed)
        override fun onActivityCreated(created: Activity, state: Bundle?) = Unit
        override fun onActivityStarted(started: Activity) = Unit
        override fun onActivityResumed(resumed: Activity) = Unit
        override fun onActivityPaused(paused: Activity) = Unit
        override fun onActivitySaveInstanceState(saved: Activity, state: Bundle) = Unit
    }

    private val rotation: Int
        @Suppress("DEPRECATION") // The activity's own display is of Android 11.
        get() = activity.windowManager.defaultDisplay.rotation

    fun open() {
        if (activity.isFinishing || activity.isDestroyed) return end(null)
        window?.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
        setTitle(if (found == null) words.picture else words.scan)
        setContentView(content())
        setOnDismissListener {
            end(null)
            leave()
        }
        view.surfaceTextureListener = texture
        try {
            show()
        } catch (_: WindowManager.BadTokenException) {
            return end(null) // The activity went away between the question and here.
        }
        turned = Turn.ofDisplay(rotation)
        orientation = activity.requestedOrientation
        // A turn of the phone would begin the activity anew, and take the camera from the user's hand.
        activity.requestedOrientation = ActivityInfo.SCREEN_ORIENTATION_LOCKED
        activity.application.registerActivityLifecycleCallbacks(life)
        if (held.canDetectOrientation()) held.enable()
    }

    /** Whoever works here works in the app: what is idle is told from the activity. */
    override fun dispatchTouchEvent(event: MotionEvent): Boolean {
        if (event.actionMasked == MotionEvent.ACTION_DOWN) activity.onUserInteraction()
        return super.dispatchTouchEvent(event)
    }

    /** From any thread, and more than once: the first answer counts. */
    private fun end(picture: ByteArray?) {
        lens.close()
        // What nobody waits for is not left lying about.
        if (!answer.give(picture)) picture?.fill(0)
        if (Looper.myLooper() == main.looper) dismiss() else main.post(::dismiss)
    }

    private fun leave() {
        held.disable()
        activity.application.unregisterActivityLifecycleCallbacks(life)
        activity.requestedOrientation = orientation
    }

    private fun take() {
        shutter.isEnabled = false
        lens.take(turned)
    }

    private fun light(on: Boolean) {
        lit = on
        lens.light(on)
        torch.setImageDrawable(CameraSign(if (on) CameraSign.LIGHT_ON else CameraSign.LIGHT))
        torch.contentDescription = if (on) words.lightOff else words.lightOn
    }

    private fun shown(now: Eye) {
        eye = now
        shutter.isEnabled = true
        torch.visibility = if (now.light) View.VISIBLE else View.INVISIBLE
        fit()
    }

    private fun fit() {
        val now = eye ?: return
        if (view.width == 0 || view.height == 0) return
        val fit = Turn.fit(now.preview, now.sensor, rotation, Extent(view.width, view.height))
        val (x, y) = view.width / 2f to view.height / 2f
        view.setTransform(
            Matrix().apply {
                setScale(fit.scaleX, fit.scaleY, x, y)
                postRotate(fit.degrees.toFloat(), x, y)
            },
        )
    }

    private val texture = object : TextureView.SurfaceTextureListener {
        override fun onSurfaceTextureAvailable(onto: SurfaceTexture, width: Int, height: Int) = lens.open(onto) { main.post { shown(it) } }

        override fun onSurfaceTextureSizeChanged(onto: SurfaceTexture, width: Int, height: Int) = fit()

        // The lens lets go of it, after the camera.
        override fun onSurfaceTextureDestroyed(onto: SurfaceTexture): Boolean {
            end(null)
            return false
        }

        override fun onSurfaceTextureUpdated(onto: SurfaceTexture) = Unit
    }

    private fun content(): View {
        val bar = FrameLayout(activity)
        bar.setPadding(dp(EDGE), dp(EDGE), dp(EDGE), dp(EDGE))
        @Suppress("DEPRECATION") // The typed insets are of Android 11.
        bar.setOnApplyWindowInsetsListener { one, insets ->
            one.setPadding(dp(EDGE) + insets.systemWindowInsetLeft, dp(EDGE), dp(EDGE) + insets.systemWindowInsetRight, dp(EDGE) + insets.systemWindowInsetBottom)
            insets
        }
        bar.addView(button(CameraSign.CLOSE, words.close) { end(null) }, place(TARGET, Gravity.START or Gravity.CENTER_VERTICAL))
        shutter.isEnabled = false
        if (found == null) bar.addView(shutter, place(SHUTTER, Gravity.CENTER))
        torch.visibility = View.INVISIBLE
        bar.addView(torch, place(TARGET, Gravity.END or Gravity.CENTER_VERTICAL))
        val all = FrameLayout(activity)
        all.setBackgroundColor(Color.BLACK)
        all.addView(view, FrameLayout.LayoutParams(MATCH_PARENT, MATCH_PARENT))
        if (found != null) all.addView(hint(), FrameLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT, Gravity.TOP))
        all.addView(bar, FrameLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT, Gravity.BOTTOM))
        return all
    }

    private fun hint() = TextView(activity).apply {
        text = words.scan
        textSize = HINT_SP
        gravity = Gravity.CENTER
        setTextColor(Color.WHITE)
        setBackgroundColor(SHADE)
        setPadding(dp(EDGE), dp(EDGE * 2), dp(EDGE), dp(EDGE))
    }

    private fun button(sign: Int, label: String, act: () -> Unit) = ImageButton(activity).apply {
        setImageDrawable(CameraSign(sign))
        background = CameraSign.touched()
        scaleType = android.widget.ImageView.ScaleType.FIT_XY
        setPadding(0, 0, 0, 0)
        contentDescription = label
        setOnClickListener { act() }
    }

    private fun place(dp: Int, gravity: Int) = FrameLayout.LayoutParams(dp(dp), dp(dp), gravity)

    private fun dp(dp: Int): Int = Math.round(dp * activity.resources.displayMetrics.density)

    private companion object {
        const val SHUTTER = 72
        const val TARGET = 56
        const val EDGE = 24
        const val HINT_SP = 18f
        const val SHADE = 0x99000000.toInt()
    }
}
