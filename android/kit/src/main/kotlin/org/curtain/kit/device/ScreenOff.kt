package org.curtain.kit.device

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter

/** Tells when the screen goes dark or the user changes: everything locks. The system sends these to running apps only. */
class ScreenOff(private val lock: () -> Unit) : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        if (intent.action == Intent.ACTION_SCREEN_OFF || intent.action == Intent.ACTION_USER_BACKGROUND) lock()
    }

    /** Begins to listen, until `Context.unregisterReceiver`. */
    fun listen(context: Context) {
        context.registerReceiver(this, IntentFilter(Intent.ACTION_SCREEN_OFF).apply { addAction(Intent.ACTION_USER_BACKGROUND) })
    }
}
