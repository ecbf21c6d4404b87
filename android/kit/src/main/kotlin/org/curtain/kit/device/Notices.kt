package org.curtain.kit.device

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context

/** The neutral words of a notice: the app gives them from its resources. */
class NoticeWords(val channel: String, val title: String, val open: (count: Int) -> String)

/** One reminder with a count and nothing else: no name, no text, no channel; hidden on the lock screen. */
class Notices(private val context: Context, private val icon: Int, private val words: NoticeWords) {
    private val notifications = context.getSystemService(NotificationManager::class.java)!!

    /** Shows how many things are unfinished; none takes the notice away. */
    fun show(count: Int, tapped: PendingIntent) {
        if (count <= 0) return notifications.cancel(ID)
        notifications.createNotificationChannel(
            NotificationChannel(CHANNEL, words.channel, NotificationManager.IMPORTANCE_LOW).apply {
                lockscreenVisibility = Notification.VISIBILITY_SECRET
                setShowBadge(false)
            },
        )
        notifications.notify(
            ID,
            Notification.Builder(context, CHANNEL)
                .setSmallIcon(icon)
                .setContentTitle(words.title)
                .setContentText(words.open(count))
                .setVisibility(Notification.VISIBILITY_SECRET)
                .setLocalOnly(true) // Not on a watch.
                .setAutoCancel(true)
                .setOnlyAlertOnce(true)
                .setContentIntent(tapped)
                .build(),
        )
    }

    private companion object {
        const val CHANNEL = "reminders"
        const val ID = 1
    }
}
