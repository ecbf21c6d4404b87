package org.curtain.kit.device

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.RestrictionsManager
import android.os.Bundle
import org.curtain.core.CurtainException
import org.curtain.core.Delivery

/**
 * What device management set: signed documents to deliver, and rules that only make this phone stricter.
 *
 * @param idleSeconds at most this long without a touch; null leaves the policy's.
 * @param biometryOff unlock by passcode only.
 * @param documents each as the desk signed it. Not trusted: the core checks them.
 */
class Managed(val idleSeconds: Int?, val biometryOff: Boolean, val documents: List<ByteArray>) {
    /** The stricter of the policy's idle time and this one, in seconds. */
    fun idle(policySeconds: Int): Int = minOf(policySeconds, idleSeconds ?: policySeconds)
}

/**
 * Reads managed configuration (`RestrictionsManager`, `res/xml/app_restrictions.xml`). This is also the wipe hook of device
 * management: a wipe is an order that the institution signed, put into `documents`; there is no unsigned way to erase.
 */
class ManagedConfig(private val read: () -> Bundle) {
    constructor(context: Context) : this({ context.getSystemService(RestrictionsManager::class.java)!!.applicationRestrictions ?: Bundle.EMPTY })

    /** What is set now. Values of a wrong kind or outside their bounds count as not set. */
    fun now(): Managed {
        val set = read()
        val idle = (set.value(IDLE) as? Int)?.takeIf { it in IDLE_FLOOR..IDLE_CEILING }
        val documents = (set.value(DOCUMENTS) as? String).orEmpty()
            .takeIf { it.length <= MAX_DOCUMENTS * MAX_BYTES }.orEmpty()
            .lineSequence().map(String::trim).filter { it.isNotEmpty() && it.length <= MAX_BYTES }
            .take(MAX_DOCUMENTS).map(String::toByteArray).toList()
        return Managed(idle, set.value(BIOMETRY_OFF) == true, documents)
    }

    /** Delivers every document; a document that was delivered before does nothing. What failed comes again with the next tick. */
    fun deliver(to: (ByteArray) -> Delivery): List<Delivery> = now().documents.mapNotNull { document ->
        try {
            to(document)
        } catch (_: CurtainException) {
            null
        }
    }

    /** Tells of changes while the app runs; give the answer to `Context.unregisterReceiver`. */
    fun watch(context: Context, changed: () -> Unit): BroadcastReceiver = object : BroadcastReceiver() {
        override fun onReceive(context: Context, intent: Intent) {
            if (intent.action == Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED) changed()
        }
    }.also { context.registerReceiver(it, IntentFilter(Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED)) } // Only the system sends it.

    @Suppress("DEPRECATION") // The typed getters log the value when its kind is wrong.
    private fun Bundle.value(key: String): Any? = get(key)

    companion object {
        /** The key of the signed documents, one a line. */
        const val DOCUMENTS: String = "documents"

        /** The key of the idle time, in seconds. */
        const val IDLE: String = "idle_lock_seconds"

        /** The key that turns biometrics off. */
        const val BIOMETRY_OFF: String = "no_biometry"
        private const val IDLE_FLOOR = 30
        private const val IDLE_CEILING = 3600
        private const val MAX_BYTES = 64 * 1024
        private const val MAX_DOCUMENTS = 16
    }
}
