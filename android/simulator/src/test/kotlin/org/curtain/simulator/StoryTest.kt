package org.curtain.simulator

import java.nio.file.Path
import javax.imageio.ImageIO
import org.curtain.ui.fixtures.View
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The simulator as somebody uses it, on the library as it ships. */
class StoryTest {
    @TempDir lateinit var home: Path

    /** Every run of [size] signs of [text], so that no piece of it passes. */
    private fun needles(text: String, size: Int = 12) = text.windowed(size.coerceAtMost(text.length)).toSet()

    @Test
    fun the_call_back_story_opens_sms_and_prints_nothing_of_it() {
        val printed = StringBuffer()
        val out = home.resolve("pictures").toFile()
        val told = Simulated(home.resolve("data"), "en") { printed.append(it).append('\n') }.use { Story(it, View(), out).tell() }
        val four = told.number.filter(Char::isDigit).takeLast(4)
        assertEquals(1, printed.lines().count { it == "would open sms, number ends $four" }) { "$printed" }
        assertTrue(told.text.length > 20)
        val found = (needles(told.text) + told.name + told.name.split(' ').filter { it.length > 3 } + told.number).filter { printed.contains(it) }
        assertTrue(found.isEmpty()) { "printed: ${found.size} needles" }
        val pictures = out.listFiles().orEmpty().sorted()
        assertEquals(listOf("lock", "typed", "today", "patients", "composer", "number", "outcome", "done"), pictures.map { it.nameWithoutExtension.substringAfter('-') })
        for (picture in pictures) ImageIO.read(picture).run { assertEquals(824 to 1830, width to height, picture.name) }
        assertEquals(pictures.size, pictures.map { it.readBytes().contentHashCode() }.toSet().size, "each step looks different")
    }

    @Test
    fun a_home_that_is_kept_is_the_same_phone() {
        val printed = StringBuffer()
        Simulated(home, "en") { printed.append(it).append('\n') }.use { assertTrue(it.agreed != null) }
        assertTrue("enrolling" in printed)
        printed.setLength(0)
        Simulated(home, "en") { printed.append(it).append('\n') }.use { again ->
            assertFalse("enrolling" in printed)
            PIN.forEach { again.shell.lock.key(it) }
            again.shell.lock.enter()
            again.settle()
            assertEquals(org.curtain.kit.screen.Place.Today, again.shell.state.value.place)
        }
    }

    @Test
    fun a_link_is_told_by_its_scheme_and_four_digits_only() {
        assertEquals("would open sms, number ends 4567", DesktopDevice.wouldOpen("sms:+15551234567?body=call%20us%20at%205559876543"))
        assertEquals("would open mailto", DesktopDevice.wouldOpen("mailto:rosa.delgado@example.org?subject=visit"))
        assertEquals("would open https", DesktopDevice.wouldOpen("https://portal.example/"))
        assertEquals("would open a link", DesktopDevice.wouldOpen("Rosa Delgado's visit"))
    }
}
