package org.curtain.simulator

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.draw.rotate
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.platform.Font
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import java.io.File
import java.time.ZoneId
import java.time.ZoneOffset
import kotlin.system.exitProcess
import kotlinx.coroutines.Dispatchers
import org.curtain.ui.Moments
import org.curtain.ui.Words
import org.curtain.ui.fixtures.Fixtures
import org.curtain.ui.fixtures.View
import org.curtain.ui.fixtures.screens
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.FixedText
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.CurtainTheme
import org.curtain.ui.theme.Edges
import org.jetbrains.skia.EncodedImageFormat
import org.jetbrains.skia.Image

/** The face of the mocks where it is installed; Android has its own. */
val face: FontFamily = listOf("opentype/inter/Inter-%s.otf", "truetype/roboto/unhinted/RobotoTTF/Roboto-%s.ttf")
    .map { pattern ->
        listOf("Regular" to 400, "Medium" to 500, "SemiBold" to 600, "Bold" to 700)
            .map { (name, weight) -> File("/usr/share/fonts/" + pattern.format(name)) to weight }.filter { it.first.exists() }
    }
    .firstOrNull { it.isNotEmpty() }
    ?.let { files -> FontFamily(files.map { Font(it.first, FontWeight(it.second)) }) } ?: FontFamily.Default

/** The time of the mocks. */
private const val NIGHT = "03:10"

/** A phone's screen around [content]: theme, words, edges, and the system's own bars. Pictures stand [still] in one [zone]. */
@Composable
fun Phone(view: View, zone: ZoneId = ZoneOffset.UTC, still: Boolean = true, time: String = NIGHT, content: @Composable () -> Unit) {
    val words = Words.of(view.language)
    CompositionLocalProvider(LocalLayoutDirection provides if (view.rtl) LayoutDirection.Rtl else LayoutDirection.Ltr) {
        CurtainTheme(
            words, remember(words, zone) { Moments(words, zone) }, view.dark, Edges(40.dp, 24.dp, view.keyboard.dp), face, reducedMotion = still,
        ) {
            Box(Modifier.fillMaxSize().background(Curtain.colors.ground)) {
                content()
                if (view.bars) SystemBars(view, time)
            }
        }
    }
}

@Composable
private fun SystemBars(view: View, time: String) {
    Box(Modifier.fillMaxSize().clearAndSetSemantics {}) {
        Row(Modifier.fillMaxWidth().height(40.dp).padding(start = 22.dp, end = 22.dp, top = 4.dp), Arrangement.spacedBy(5.dp), Alignment.CenterVertically) {
            FixedText(time, Curtain.type.label.copy(fontSize = Curtain.type.label.fontSize * .94f), Curtain.colors.ink, Modifier.weight(1f))
            Icon(Icons.Flight, null, Modifier.size(17.dp), Curtain.colors.ink)
            Icon(Icons.Battery5Bar, null, Modifier.size(20.dp).rotate(90f), Curtain.colors.ink)
        }
        Column(Modifier.align(Alignment.BottomCenter).fillMaxWidth()) {
            if (view.keyboard > 0) {
                Box(Modifier.fillMaxWidth().height(view.keyboard.dp).background(Curtain.colors.line), Alignment.Center) {
                    Icon(Icons.Keyboard, null, Modifier.size(48.dp), Curtain.colors.ink2)
                }
            }
        }
        Box(Modifier.align(Alignment.BottomCenter).padding(bottom = 10.dp).size(128.dp, 4.dp).clip(RoundedCornerShape(4.dp)).background(Curtain.colors.ink.copy(alpha = .75f)))
    }
}

/** [content] as a picture at 2x, once all that moves has come to rest. */
fun picture(view: View, content: @Composable () -> Unit): Image {
    val scene = ImageComposeScene(view.width * 2, view.height * 2, Density(2f, view.type), coroutineContext = Dispatchers.Unconfined) { Phone(view, content = content) }
    try {
        var image = scene.render(0)
        // Some frames: what is asked for in the first (focus, the layout of a text) is drawn in the next.
        for (frame in 1..8) image = scene.render(frame * 100_000_000L)
        return image
    } finally {
        scene.close()
    }
}

/** Draws screens: see android/simulator/draw. */
fun main(arguments: Array<String>) {
    val (options, plain) = arguments.partition { '=' in it || it == "rtl" }
    if (plain.size != 2) {
        System.err.println("draw SCREEN|all OUT-FOLDER; screens: ${screens.keys.joinToString(" ")}")
        exitProcess(2)
    }
    val chosen = options.associate { it.substringBefore('=') to it.substringAfter('=', "") }
    val names = if (plain[0] == "all") screens.keys else plain[0].split(',').toSet()
    for (name in names) {
        val screen = screens[name] ?: run { System.err.println("no screen $name"); exitProcess(2) }
        val view = screen.view.copy(
            dark = chosen["theme"]?.let { it == "dark" } ?: screen.view.dark, language = chosen["lang"] ?: screen.view.language,
            type = chosen["type"]?.toFloatOrNull()?.div(100) ?: screen.view.type, rtl = "rtl" in chosen || screen.view.rtl,
        )
        val data = picture(view) { screen.content(Fixtures(view.language)) }.encodeToData(EncodedImageFormat.PNG) ?: error("no picture of $name")
        File(plain[1]).mkdirs()
        File(plain[1], "$name.png").writeBytes(data.bytes)
    }
    exitProcess(0)
}
