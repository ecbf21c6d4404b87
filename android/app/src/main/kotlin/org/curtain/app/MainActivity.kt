package org.curtain.app

import android.os.Build
import android.os.Bundle
import android.view.WindowManager
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge

/**
 * The one window. Nothing of it may be photographed or shown among recent apps; nothing of it is saved by the system:
 * after the process died it begins at the lock screen, and the draft is in the vault.
 */
class MainActivity : ComponentActivity() {
    override fun onCreate(state: Bundle?) {
        window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) setRecentsScreenshotEnabled(false)
        enableEdgeToEdge()
        // What was saved is not given back: Compose would restore text fields from it.
        super.onCreate(null)
        setContent { Root() }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.clear()
    }

    override fun onStop() {
        super.onStop()
        if (!isChangingConfigurations) CurtainApp.of(this).run { quietly { holderIfOpen()?.suspend() } }
    }
}
