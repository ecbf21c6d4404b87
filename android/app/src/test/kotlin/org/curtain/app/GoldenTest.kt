package org.curtain.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.graphics.asAndroidBitmap
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.junit4.createEmptyComposeRule
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import java.io.File
import java.time.ZoneOffset
import kotlin.math.abs
import org.curtain.ui.Moments
import org.curtain.ui.Words
import org.curtain.ui.fixtures.Drawn
import org.curtain.ui.fixtures.Fixtures
import org.curtain.ui.fixtures.View
import org.curtain.ui.fixtures.screens
import org.curtain.ui.theme.CurtainTheme
import org.curtain.ui.theme.Edges
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/**
 * Every screen as Android draws it, beside the picture that was looked at and committed: light, dark, Spanish, 200 % type,
 * right to left. `CURTAIN_GOLDENS=new android/test-app -Dtest=GoldenTest` draws them anew.
 */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = StagedNowhere::class, qualifiers = "w412dp-h915dp-mdpi")
class GoldenTest {
    @get:Rule val rule = createEmptyComposeRule()
    private var shown by mutableStateOf<Pair<Drawn, View>?>(null)
    private val folder = File(checkNotNull(System.getProperty("curtain.app")), "src/test/goldens")
    private val out = File(checkNotNull(System.getProperty("curtain.pictures")))
    private val anew = System.getenv("CURTAIN_GOLDENS") == "new"

    @Test fun light() = compare("light", screens.keys) { it }

    @Test fun dark() = compare("dark", main) { it.copy(dark = true) }

    @Test fun spanish() = compare("es", main) { it.copy(language = "es") }

    @Test fun large_type() = compare("200", main) { it.copy(type = 2f) }

    @Test fun right_to_left() = compare("rtl", main) { it.copy(rtl = true) }

    /** One picture of each part of the app; `light` has every state. */
    private val main: Set<String> get() = MAIN.onEach { check(it in screens) { "$it is no screen" } }

    private fun compare(variant: String, names: Set<String>, view: (View) -> View) {
        // Not in the manifest: the rule could not start it.
        val window = Robolectric.buildActivity(ComponentActivity::class.java).setup()
        window.get().setContent {
            shown?.let { (drawn, view) ->
                key(drawn, view) {
                    val words = Words.of(view.language)
                    CompositionLocalProvider(
                        LocalLayoutDirection provides if (view.rtl) LayoutDirection.Rtl else LayoutDirection.Ltr,
                        LocalDensity provides Density(1f, view.type),
                    ) {
                        CurtainTheme(words, Moments(words, ZoneOffset.UTC), view.dark, Edges(24.dp, 24.dp, view.keyboard.dp), reducedMotion = true) {
                            drawn.content(Fixtures(view.language))
                        }
                    }
                }
            }
        }
        val wrong = names.sorted().mapNotNull { name ->
            val drawn = screens.getValue(name)
            shown = drawn to view(drawn.view)
            rule.waitForIdle()
            difference("$variant-$name.png", halved(rule.onRoot().captureToImage().asAndroidBitmap()))
        }
        window.close()
        assertTrue(wrong.joinToString("\n"), wrong.isEmpty())
    }

    /** At half size: small files, and a pixel of difference in a letter's edge is none. */
    private fun halved(picture: Bitmap) = Bitmap.createScaledBitmap(picture, picture.width / 2, picture.height / 2, true)

    /** What is wrong with [picture], if anything. A pixel differs when a channel is off by more than 24; 0.2 % may. */
    private fun difference(file: String, picture: Bitmap): String? {
        fun write(folder: File) = File(folder.apply { mkdirs() }, file).outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
        val golden = File(folder, file)
        if (anew) {
            write(folder)
            return null
        }
        if (!golden.exists()) return "$file: no golden".also { write(out) }
        val bytes = golden.readBytes()
        val seen = BitmapFactory.decodeByteArray(bytes, 0, bytes.size)
        if (seen.width != picture.width || seen.height != picture.height) return "$file: another size".also { write(out) }
        val (one, other) = pixels(seen) to pixels(picture)
        val off = one.indices.count { at -> (0..16 step 8).any { abs((one[at] shr it and 0xff) - (other[at] shr it and 0xff)) > 24 } }
        return "$file: $off of ${one.size} pixels differ".takeIf { off * 500L > one.size }?.also { write(out) }
    }

    private companion object {
        val MAIN = setOf(
            "01-lock", "02-lock-delay", "03-today", "04-patients", "05-patient", "06-composer-blocked", "07-composer-allowed", "19-handoff",
            "20-outcome", "consent", "texted", "photo", "roster", "leaving", "receipt", "settings", "policy",
        )
    }

    private fun pixels(of: Bitmap) = IntArray(of.width * of.height).also { of.getPixels(it, 0, of.width, 0, 0, of.width, of.height) }
}

/** An app that opens no Curtain: pictures need none. */
class StagedNowhere : android.app.Application()
