package org.curtain.kit

import java.nio.file.Path
import kotlin.io.path.readText
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The core's doc comments stand over the generated items: an app developer reads them where they type. */
class DocsTest {
    private val bindings = Path.of(Hospital.environment("CURTAIN_BINDINGS"))
    private val generated = bindings.resolve("kotlin/org/curtain/core/curtain.kt").readText()

    private fun assertDocumented(words: String, item: String) {
        val inside = "(?:(?!\\*/).)*"
        val pattern = "/\\*\\*$inside${Regex.escape(words)}$inside\\*/\\s*[^/]{0,120}${Regex.escape(item)}"
            .toRegex(RegexOption.DOT_MATCHES_ALL)
        assertTrue(pattern.containsMatchIn(generated), "\"$words\" does not stand over $item")
    }

    @Test
    fun `functions are documented`() {
        assertDocumented("One guess at the passcode. Not on the main thread.", "fun `unlock`(")
        assertDocumented("Hands a draft to another app.", "fun `handOff`(")
        assertDocumented("Destroying a key that does not exist succeeds.", "fun `delete`(")
    }

    @Test
    fun `objects, records and their fields are documented`() {
        assertDocumented("An unlocked workspace. It ends by itself", "open class Session")
        assertDocumented("A text on its way to another app.", "data class HandedOff")
        assertDocumented("The last four digits of the number, for the check before it opens.", "val `lastFour`")
        assertDocumented("Milliseconds since boot, counting sleep", "val `sinceBootMs`")
    }

    @Test
    fun `errors, variants and cases are documented`() {
        assertDocumented("Ask for the passcode, then call again with the token.", "class NeedsFreshAuth")
        assertDocumented("Guesses that remain.", "val `triesLeft`")
        assertDocumented("A message of which nobody said whether it was sent.", "UNKNOWN_OUTCOME")
        assertDocumented("What waits for the chart.", "val `chartText`")
    }
}
