package org.curtain.kit.screen

import java.nio.file.Path
import java.util.concurrent.Executors
import kotlin.random.Random
import org.curtain.core.FfiConverterTypeClock
import org.curtain.core.FfiConverterTypeKeystore
import org.curtain.kit.agreed
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A phone's life, five hundred times, on the one worker thread as in the app. */
class RoundsTest {
    @TempDir lateinit var home: Path

    private enum class Turn { LOCK, BACKGROUND, KILL, ROTATE }

    private fun handles() = FfiConverterTypeKeystore.handleMap.size + FfiConverterTypeClock.handleMap.size

    @Test
    fun `500 rounds of lock, background, kill and rotation lose no draft and leak no session`() {
        val worker = Executors.newSingleThreadExecutor()
        val random = Random(8)
        try {
            val before = handles()
            Night(home, worker).enrolled().settle().use { night ->
                night.unlock().settle().holder.with(night.phone.workspace) { it.agreed(night.to) }
                val open = handles()
                night.shell.open(Place.Patient(night.to.id))
                night.shell.patient.message(Way.SMS)
                night.settle()
                repeat(ROUNDS) { round -> night.round(Turn.entries[random.nextInt(4)], "round $round: half a sent", open, random) }
            }
            assertEquals(before, handles(), "every session, and Curtain, gave its keystore and clock back")
        } finally {
            worker.shutdownNow()
        }
    }

    private fun Night.round(turn: Turn, text: String, open: Int, random: Random) {
        // Faster than the worker: only the newest is assessed, and it is the one that is written.
        for (end in text.length - 5..text.length) shell.composer.type(text.take(end), end)
        when (turn) {
            Turn.LOCK -> shell.lock()
            Turn.BACKGROUND -> shell.suspend()
            Turn.KILL -> {
                settle()
                // What rests for 250 ms is written; a process that is killed before may lose that much.
                device.pass(ComposerPresenter.REST_MS)
                kill()
            }
            Turn.ROTATE -> {
                // An activity that comes anew collects what is there.
                settle()
                assertEquals(text, shell.composer.state.value?.text)
                return
            }
        }
        assertEquals(Place.Lock, place)
        assertNull(shell.composer.state.value)
        if (random.nextBoolean()) settle()
        unlock().settle()
        val draft = checkNotNull(shell.today.state.value) { "after $turn: $place" }.drafts.single()
        shell.today.resume(draft.id)
        settle()
        assertEquals(text, shell.composer.state.value?.text, "after $turn")
        assertEquals(open, handles(), "after $turn")
    }

    private companion object {
        const val ROUNDS = 500
    }
}
