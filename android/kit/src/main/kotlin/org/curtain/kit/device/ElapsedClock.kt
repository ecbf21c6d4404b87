package org.curtain.kit.device

import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import org.curtain.core.Clock
import org.curtain.core.Instant
import org.curtain.core.KeystoreException

/** The phone's clocks: wall time, time since boot counting sleep (`elapsedRealtime`), and the boot's number as its name. */
class ElapsedClock(private val context: Context) : Clock {
    override fun now(): Instant {
        val boot = Settings.Global.getInt(context.contentResolver, Settings.Global.BOOT_COUNT, -1)
        // Without a boot's name a restart could pass unseen.
        if (boot < 0) throw KeystoreException.NotNow()
        return Instant(System.currentTimeMillis(), SystemClock.elapsedRealtime().toULong(), boot.toString())
    }
}
