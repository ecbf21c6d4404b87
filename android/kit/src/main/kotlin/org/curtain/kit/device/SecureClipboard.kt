package org.curtain.kit.device

import android.content.ClipData
import android.content.ClipDescription
import android.content.ClipboardManager
import android.content.Context
import android.os.Build
import android.os.Handler
import android.os.Looper
import android.os.PersistableBundle
import java.util.UUID

/**
 * A copy that keyboards and previews do not show (`EXTRA_IS_SENSITIVE`), and that is cleared after a minute if it is still ours.
 *
 * Whether it is ours is told by a random label, never by reading the text back. For the main thread. While the app is in
 * the background the system hides the clipboard: what cannot be read is left alone then and looked at again by [clear].
 */
class SecureClipboard(context: Context, private val handler: Handler = Handler(Looper.getMainLooper())) {
    private val clipboard = context.getSystemService(ClipboardManager::class.java)!!
    private var mark: String? = null
    private val later = Runnable { clear() }

    /** Puts the text there for so many milliseconds. */
    fun copy(text: CharSequence, clearAfterMs: Long = CLEAR_AFTER_MS) {
        val label = UUID.randomUUID().toString()
        val clip = ClipData.newPlainText(label, text)
        clip.description.extras = PersistableBundle().apply { putBoolean(SENSITIVE, true) }
        clipboard.setPrimaryClip(clip)
        mark = label
        handler.removeCallbacks(later)
        handler.postDelayed(later, clearAfterMs)
    }

    /** Clears what is still ours: after a minute, on resume, and at a lock. */
    fun clear() {
        val ours = mark ?: return
        val there = clipboard.primaryClipDescription ?: return
        handler.removeCallbacks(later)
        mark = null
        if (there.label?.toString() == ours) clipboard.clearPrimaryClip()
    }

    companion object {
        /** How long a copy stays. */
        const val CLEAR_AFTER_MS: Long = 60_000

        /** The flag's name; the same string works before Android 13, where keyboards already read it. */
        val SENSITIVE: String =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) ClipDescription.EXTRA_IS_SENSITIVE else "android.content.extra.IS_SENSITIVE"
    }
}
