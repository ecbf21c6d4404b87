package org.curtain.ui.leaving

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.delay
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.ReceiptActions
import org.curtain.kit.screen.ReceiptState
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.Fact
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.QrCode
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.TonalButton
import org.curtain.ui.part.fit
import org.curtain.ui.part.lifted
import org.curtain.ui.part.strong
import org.curtain.ui.task.Gap
import org.curtain.ui.task.date
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.LightPalette
import org.curtain.ui.theme.Radius

/** The signed receipt of an erasure, as codes to show and lines to read. It comes back at every start until it is acknowledged. */
@Composable
fun ReceiptScreen(state: ReceiptState, actions: ReceiptActions) {
    val words = Curtain.words
    ScreenFrame(
        bottom = {
            Dock {
                Actions {
                    PrimaryButton(words.receiptSave, actions::save, icon = Icons.IosShare)
                    TonalButton(words.done, actions::done, Modifier.fit())
                }
            }
        },
        margin = 20.dp,
    ) {
        Row(Modifier.fillMaxWidth().padding(top = 16.dp).semantics(mergeDescendants = true) { heading() }, Arrangement.spacedBy(14.dp), Alignment.CenterVertically) {
            Avatar(icon = Icons.Check, look = if (state.left == 0) Look.ALLOW else Look.REWRITE, modifier = Modifier.size(52.dp))
            Column(Modifier.weight(1f)) {
                Text(if (state.left == 0) words.receiptTitle else words.receiptTitleLeft, color = Curtain.colors.ink, style = Curtain.type.title)
                Text(if (state.acknowledged) words.receiptTaken else words.receiptShow, color = Curtain.colors.ink2, style = Curtain.type.small)
            }
        }
        if (state.left > 0) {
            Gap()
            Banner(strong(words.receiptLeft(state.left), " " + words.receiptLeftWhat), look = Look.REWRITE, icon = Icons.Info)
        }
        Gap(16.dp)
        Codes(state.parts)
        Gap()
        CurtainCard {
            Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(5.dp)) {
                Fact(words.receiptWorkspace, state.institution)
                Fact(words.receiptWhen, "${Curtain.moments.date(state.erasedMs)}, ${Curtain.moments.time(state.erasedMs)}")
                Fact(words.receiptWhy, state.cause)
                for ((what, value) in state.lines.filterNot { machine(it.second) }) Fact(what, value)
            }
        }
        val hashes = state.lines.filter { machine(it.second) }
        if (hashes.isNotEmpty()) {
            Gap()
            CurtainCard { Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(5.dp)) { for ((what, value) in hashes) Code(what, value) } }
        }
        Gap(16.dp)
    }
}

/** Four characters of hexadecimal, a space, four more: that is compared, not read. */
private fun machine(value: String): Boolean = GROUPS.containsMatchIn(value)

private val GROUPS = Regex("[0-9a-f]{4}( [0-9a-f]{4})+$")

/** A line whose value is compared character by character. */
@Composable
internal fun Code(what: String, value: String) {
    val style = Curtain.type.caption.copy(fontFamily = FontFamily.Monospace)
    if (Curtain.largeType) {
        Column(Modifier.fillMaxWidth().semantics(mergeDescendants = true) {}) {
            Text(what, color = Curtain.colors.ink2, style = Curtain.type.small)
            Text(value, color = Curtain.colors.ink, style = style)
        }
    } else {
        Row(Modifier.fillMaxWidth().semantics(mergeDescendants = true) {}, Arrangement.spacedBy(16.dp), Alignment.CenterVertically) {
            Text(what, Modifier.weight(1f), color = Curtain.colors.ink2, style = Curtain.type.small)
            Text(value, color = Curtain.colors.ink, style = style)
        }
    }
}

private const val HOLD_MS = 2000L

/** The codes one after the other, two seconds each; a tap holds one. White paper in both themes. */
@Composable
internal fun Codes(parts: List<String>, name: String = Curtain.words.receiptName) {
    val words = Curtain.words
    var at by remember(parts) { mutableIntStateOf(0) }
    var held by remember(parts) { mutableStateOf(false) }
    LaunchedEffect(parts, held) {
        while (!held && parts.size > 1) {
            delay(HOLD_MS)
            at = (at + 1) % parts.size
        }
    }
    val shape = RoundedCornerShape(Radius.card)
    Column(
        Modifier.fillMaxWidth().lifted(shape).clip(shape).background(Curtain.colors.paper)
            .then(if (parts.size > 1) Modifier.clickable(onClickLabel = if (held) words.receiptGo else words.receiptHold, role = Role.Button) { held = !held } else Modifier)
            .padding(start = 18.dp, end = 18.dp, top = 18.dp, bottom = 16.dp),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        val which = words.receiptPart("${at + 1}", "${parts.size}")
        parts.getOrNull(at)?.let { QrCode(it, words.labelled(name, which), Modifier.widthIn(max = 270.dp)) }
        Spacer(Modifier.height(8.dp))
        val hint = if (parts.size > 1) " · " + (if (held) words.receiptGo else words.receiptHold) else ""
        Text(AnnotatedString("$name · $which$hint"), color = LightPalette.ink2, style = Curtain.type.caption.copy(fontWeight = FontWeight(500)), textAlign = TextAlign.Center)
    }
}
