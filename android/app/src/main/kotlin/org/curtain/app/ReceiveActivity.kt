package org.curtain.app

import android.app.Activity
import android.content.ContentResolver
import android.content.Intent
import android.net.Uri
import android.os.Build
import android.os.Bundle
import android.view.WindowManager
import java.io.IOException

/** The sealed share: takes one signed document from another app to the core's `deliver`, and shows the app. Never reads anything else. */
class ReceiveActivity : Activity() {
    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        window.addFlags(WindowManager.LayoutParams.FLAG_SECURE)
        val shared = if (intent.action == Intent.ACTION_SEND) intent.shared() else null
        val document = shared?.let { read(contentResolver, it) }
        if (document != null) CurtainApp.of(this).phone.deliver(document)
        startActivity(Intent(this, MainActivity::class.java))
        finish()
    }

    @Suppress("DEPRECATION") // The typed getter is of Android 13.
    private fun Intent.shared(): Uri? = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
        getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java)
    } else {
        getParcelableExtra(Intent.EXTRA_STREAM) as? Uri
    }

    companion object {
        /** A document's bound, in bytes (design, section 6). */
        const val MAX_BYTES: Int = 64 * 1024

        /** At most [MAX_BYTES] of a `content:` address; null for anything else: a `file:` address could name our own files. */
        fun read(resolver: ContentResolver, from: Uri): ByteArray? {
            if (from.scheme != ContentResolver.SCHEME_CONTENT) return null
            return try {
                resolver.openInputStream(from)?.use { stream ->
                    val bytes = ByteArray(MAX_BYTES + 1)
                    var size = 0
                    while (size < bytes.size) {
                        val more = stream.read(bytes, size, bytes.size - size)
                        if (more < 0) break
                        size += more
                    }
                    bytes.copyOf(size).takeIf { size in 1..MAX_BYTES }
                }
            } catch (_: IOException) {
                null
            } catch (_: SecurityException) {
                null
            }
        }
    }
}
