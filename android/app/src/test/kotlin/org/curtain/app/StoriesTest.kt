package org.curtain.app

import android.content.Intent
import android.text.InputType
import android.view.View
import android.view.ViewGroup
import android.view.inputmethod.EditorInfo
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.junit4.createAndroidComposeRule
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextReplacement
import androidx.test.core.app.ApplicationProvider
import org.curtain.kit.screen.Place
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The stories clicked through in the real activity, on the real library. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = StagedApp::class, qualifiers = "w412dp-h915dp-xhdpi")
class StoriesTest {
    @get:Rule val rule = createAndroidComposeRule<MainActivity>()
    private val app get() = RuntimeEnvironment.getApplication() as StagedApp
    private val place get() = app.phone.shell.state.value.place
    private var taps = 0

    private fun settled() {
        app.settle()
        rule.waitForIdle()
    }

    private fun find(what: SemanticsMatcher): SemanticsNodeInteraction {
        settled()
        val all = rule.onAllNodes(what)
        assertTrue("nothing is $what at $place", all.fetchSemanticsNodes().isNotEmpty())
        return all.onFirst()
    }

    private fun tap(words: String) {
        taps += 1
        find((hasText(words, substring = true) or hasContentDescription(words, substring = true)) and hasClickAction()).performClick()
        settled()
    }

    private fun unlock() {
        PIN.forEach { digit -> find((hasText("$digit") or hasContentDescription("$digit")) and hasClickAction()).performClick() }
        app.phone.shell.lock.enter()
        settled()
        assertEquals(Place.Today, place)
    }

    private fun opened(): Intent? = shadowOf(app).nextStartedActivity

    @Test
    fun the_call_back_story_goes_from_the_lock_screen_to_sms_in_five_taps() {
        unlock()
        taps = 1 // The finger, or the key that ends the digits.
        tap("Ask to call")
        val name = checkNotNull(app.phone.shell.patients.state.value).all.first { it.who.id == app.to.id }.who.name
        tap(name)
        assertTrue("$place", place is Place.Composer)
        assertNull(opened())
        tap("Text")
        tap(app.to.number.filter(Char::isDigit).takeLast(4).toList().joinToString(" "))
        assertEquals(5, taps)
        val intent = checkNotNull(opened())
        assertEquals(listOf(Intent.ACTION_SENDTO, "smsto"), listOf(intent.action, intent.data?.scheme))
        assertTrue(intent.getStringExtra("sms_body").orEmpty().isNotEmpty())
    }

    @Test
    fun a_keyboard_is_asked_to_learn_nothing_of_a_draft() {
        unlock()
        tap("Ask to call")
        tap(checkNotNull(app.phone.shell.patients.state.value).all.first { it.who.id == app.to.id }.who.name)
        find(hasSetTextAction()).performClick()
        settled()
        val asked = EditorInfo()
        fun views(of: View): List<View> = listOf(of) + ((of as? ViewGroup)?.let { group -> (0 until group.childCount).flatMap { views(group.getChildAt(it)) } }.orEmpty())
        assertTrue(views(rule.activity.window.decorView).any { it.onCreateInputConnection(asked) != null })
        assertTrue(asked.imeOptions and EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING != 0)
        assertTrue(asked.inputType and InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS != 0)
    }

    @Test
    fun a_locked_screen_holds_nothing_and_the_draft_is_there_again() {
        unlock()
        tap("Ask to call")
        tap(checkNotNull(app.phone.shell.patients.state.value).all.first { it.who.id == app.to.id }.who.name)
        find(hasSetTextAction()).performTextReplacement("Please call us at 555-123-4567 about your visi")
        settled()
        rule.activityRule.scenario.moveToState(androidx.lifecycle.Lifecycle.State.CREATED)
        rule.activityRule.scenario.moveToState(androidx.lifecycle.Lifecycle.State.RESUMED)
        settled()
        assertEquals(Place.Lock, place)
        assertNull(app.phone.shell.composer.state.value)
        unlock()
        assertNotNull(checkNotNull(app.phone.shell.today.state.value).drafts.singleOrNull())
    }
}
