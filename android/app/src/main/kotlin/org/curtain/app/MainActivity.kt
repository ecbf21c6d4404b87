package org.curtain.app

import android.content.Intent
import android.os.Build
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.view.WindowManager
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import org.curtain.kit.screen.Place

/**
 * The one window. Nothing of it may be photographed or shown among recent apps; nothing of it is saved by the system: where
 * the app is lives with the process, and after the process died it begins at the lock screen, and the draft is in the vault.
 */
class MainActivity : ComponentActivity() {
    private val phone get() = CurtainApp.of(this).phone
    private val main = Handler(Looper.getMainLooper())
    private val second = object : Runnable {
        override fun run() {
            phone.second()
            main.postDelayed(this, SECOND_MS)
        }
    }

    override fun onCreate(state: Bundle?) {
        window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) setRecentsScreenshotEnabled(false)
        enableEdgeToEdge()
        // What was saved is not given back: Compose would restore text fields from it.
        super.onCreate(null)
        setContent {
            val at by phone.shell.state.collectAsState()
            // On a root with nothing below it, back leaves the app as the system does.
            BackHandler(at.depth > 0 || (at.place != Place.Lock && at.place != Place.Today)) { phone.shell.back() }
            Root(phone)
        }
    }

    // guide: life
    override fun onResume() {
        super.onResume()
        phone.resumed(this)
        main.removeCallbacks(second)
        main.post(second)
    }

    override fun onPause() {
        super.onPause()
        main.removeCallbacks(second)
    }

    override fun onUserInteraction() {
        super.onUserInteraction()
        phone.touched()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.clear()
    }

    override fun onStop() {
        super.onStop()
        phone.left(this, isChangingConfigurations)
    }

    @Deprecated("The kit asks by the framework's own way.")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        @Suppress("DEPRECATION")
        super.onActivityResult(request, result, data)
        phone.device.answered(request, data?.data.takeIf { result == RESULT_OK })
    }
    // guide end

    private companion object {
        const val SECOND_MS = 1000L
    }
}
