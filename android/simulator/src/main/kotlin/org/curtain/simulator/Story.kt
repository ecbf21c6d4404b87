package org.curtain.simulator

import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.asSkiaBitmap
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.unit.Density
import java.io.File
import org.curtain.kit.screen.MainAction
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.Sheet
import org.curtain.ui.CurtainRoot
import org.curtain.ui.Words
import org.curtain.ui.fixtures.View
import org.curtain.ui.given
import org.jetbrains.skia.EncodedImageFormat
import org.jetbrains.skia.Image

/** What the story met on its way; of the patient, and so never printed. */
class Told(val name: String, val number: String, val text: String) {
    override fun toString(): String = "Told"
}

/**
 * The call-back story, clicked through in the whole app without a display: from the lock screen by the PIN, "Ask to call", a patient, "Text", the
 * number's last four digits, and what became of it. Every click is a pointer's, where the semantics tree says that the target is. A
 * picture of each step goes to [out].
 */
@OptIn(ExperimentalTestApi::class)
class Story(private val phone: Simulated, private val view: View, private val out: File) {
    private val words = Words.of(view.language)
    private val place get() = phone.shell.state.value.place
    private var step = 0

    /** Tells it; throws [IllegalStateException] where the app does not do its part. */
    fun tell(): Told {
        var told: Told? = null
        runSkikoComposeUiTest(Size(view.width * 2f, view.height * 2f), Density(2f, view.type)) {
            setContent { Phone(view) { CurtainRoot(phone.shell, DesktopDevice::decode) } }
            told = clicked()
        }
        return checkNotNull(told) { "the story did not end" }
    }

    private fun SkikoComposeUiTest.clicked(): Told {
        val to = checkNotNull(phone.agreed) { "the story needs a fresh home" }
        until("the lock screen") { phone.shell.lock.state.value != null }
        shot("lock")
        PIN.forEach { tap("$it") }
        shot("typed")
        tap(words.lockOpen)
        until("today") { place == Place.Today && phone.shell.today.state.value != null }
        shot("today")
        tap(words.quickCall)
        until("the patients") { phone.shell.patients.state.value != null }
        shot("patients")
        val name = checkNotNull(phone.shell.patients.state.value).all.first { it.who.id == to.id }.who.name
        tap(name)
        until("the composer") { place is Place.Composer && phone.shell.composer.state.value?.action is MainAction.HandOff }
        shot("composer")
        val text = checkNotNull(phone.shell.composer.state.value).text
        tap(words.actTextOwn(given(name)))
        until("the number") { phone.shell.composer.state.value?.sheet is Sheet.HandOff }
        shot("number")
        tap(to.number.filter(Char::isDigit).takeLast(4).toList().joinToString(" "))
        until("the outcome") { phone.shell.composer.state.value?.sheet is Sheet.Outcome }
        shot("outcome")
        tap(words.outcomeYes)
        until("today again") { place == Place.Today && phone.shell.today.state.value?.outcomes?.isEmpty() == true }
        shot("done")
        return Told(name, to.number, text)
    }

    private fun SkikoComposeUiTest.until(what: String, holds: () -> Boolean) {
        val end = System.nanoTime() + WAIT_NS
        while (!holds()) {
            check(System.nanoTime() < end) { "no $what, but $place" }
            phone.settle()
            Thread.sleep(STEP_MS)
        }
        phone.settle()
        // The screen has what the states have, and what moves has come to rest.
        mainClock.advanceTimeBy(REST_MS)
        waitForIdle()
    }

    private fun SkikoComposeUiTest.tap(label: String) {
        val target = (hasText(label, substring = true) or hasContentDescription(label, substring = true)) and hasClickAction()
        until("target at step $step") { onAllNodes(target).fetchSemanticsNodes().isNotEmpty() }
        onAllNodes(target).onFirst().performClick()
        waitForIdle()
        phone.settle()
    }

    private fun SkikoComposeUiTest.shot(name: String) {
        until("picture") { true }
        val bitmap = onAllNodes(isRoot()).onLast().captureToImage().asSkiaBitmap()
        val data = checkNotNull(Image.makeFromBitmap(bitmap).encodeToData(EncodedImageFormat.PNG)) { "no picture" }
        out.mkdirs()
        step += 1
        File(out, "%02d-%s.png".format(step, name)).writeBytes(data.bytes)
    }

    private companion object {
        const val WAIT_NS = 60_000_000_000L
        const val STEP_MS = 10L
        const val REST_MS = 500L
    }
}
