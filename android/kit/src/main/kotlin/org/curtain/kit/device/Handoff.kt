package org.curtain.kit.device

import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.net.Uri

/** What became of a hand-off: whether an app opened, never whether anything was sent. */
enum class Opened {
    /** Another app took it. */
    YES,

    /** No app on this phone answers. */
    NO_APP,

    /** The system refused: the other app is not ours to start, or the profile forbids it. */
    REFUSED,
}

/**
 * Opens the app that sends, by documented intents only: `ACTION_SENDTO` with `smsto:` or `mailto:` (RFC 6068),
 * `ACTION_DIAL` with `tel:` (RFC 3966), `ACTION_VIEW` with `https:` for the portal. It never sends and never calls.
 */
class Handoff(private val context: Context) {
    /** The messages app, with the text in its field. */
    fun sms(number: String, text: String): Opened =
        start(Intent(Intent.ACTION_SENDTO, Uri.fromParts("smsto", number, null)).putExtra("sms_body", text))

    /** The mail app. Subject and body go into the address (RFC 6068) and the extras: apps read one or the other. */
    fun mail(address: String, subject: String, text: String): Opened {
        val uri = "mailto:${Uri.encode(address, "@")}?subject=${Uri.encode(subject)}&body=${Uri.encode(text)}"
        return start(
            Intent(Intent.ACTION_SENDTO, Uri.parse(uri))
                .putExtra(Intent.EXTRA_SUBJECT, subject)
                .putExtra(Intent.EXTRA_TEXT, text),
        )
    }

    /** The dialler with the number typed: the clinician presses call. */
    fun call(number: String): Opened = start(Intent(Intent.ACTION_DIAL, Uri.fromParts("tel", number, null)))

    /** The portal; anything but `https:` is refused. */
    fun portal(address: String): Opened {
        val uri = Uri.parse(address)
        if (!uri.scheme.equals("https", ignoreCase = true) || uri.host.isNullOrEmpty()) return Opened.REFUSED
        return start(Intent(Intent.ACTION_VIEW, uri).addCategory(Intent.CATEGORY_BROWSABLE))
    }

    /**
     * A link as the core gives it with a hand-off: `sms:`, `mailto:`, `tel:`, `https:`, or WhatsApp's own
     * scheme where a policy opens that; anything else is refused.
     */
    fun link(link: String): Opened {
        val (scheme, rest) = link.substringBefore(':').lowercase() to link.substringAfter(':', "")
        val to = Uri.decode(rest.substringBefore('?'))
        val fields = rest.substringAfter('?', "").split('&').associate { it.substringBefore('=') to Uri.decode(it.substringAfter('=', "")) }
        return when (scheme) {
            "sms" -> sms(to, fields["body"].orEmpty())
            "mailto" -> mail(to, fields["subject"].orEmpty(), fields["body"].orEmpty())
            "tel" -> call(to)
            "https" -> portal(link)
            "whatsapp" -> start(Intent(Intent.ACTION_VIEW, Uri.parse(link)))
            else -> Opened.REFUSED
        }
    }

    private fun start(intent: Intent): Opened = try {
        context.startActivity(intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
        Opened.YES
    } catch (_: ActivityNotFoundException) {
        Opened.NO_APP
    } catch (_: SecurityException) {
        Opened.REFUSED
    }
}
