package org.curtain.ui.leaving

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.em
import androidx.compose.ui.unit.sp
import org.curtain.kit.screen.CountdownActions
import org.curtain.kit.screen.CountdownState
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.BottomEdge
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.FixedText
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.task.Caption
import org.curtain.ui.task.Gap
import org.curtain.ui.task.Ring
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Haptic
import org.curtain.ui.theme.Radius

/** The last seconds before an erasure that the clinician began; Stop is under the thumb and keeps everything. */
@Composable
fun CountdownScreen(state: CountdownState, actions: CountdownActions) {
    val words = Curtain.words
    val haptics = Curtain.haptics
    LaunchedEffect(state.secondsLeft) { haptics(if (state.secondsLeft == 0) Haptic.LIGHT else Haptic.TICK) }
    ScreenFrame(
        bottom = {
            Column {
                Stop(actions)
                BottomEdge()
            }
        },
        margin = 24.dp,
    ) {
        Column(Modifier.fillMaxWidth(), horizontalAlignment = Alignment.CenterHorizontally) {
            Text(
                words.wipeTitle, Modifier.padding(top = if (Curtain.hugeType) 8.dp else 44.dp).semantics { heading() }, color = Curtain.colors.ink,
                style = Curtain.type.display, textAlign = TextAlign.Center,
            )
            val spoken = words.wipeCount(state.secondsLeft)
            Ring(
                state.secondsLeft.toFloat() / state.total.coerceAtLeast(1), if (Curtain.hugeType) 160.dp else 224.dp, 12.dp,
                Modifier.padding(top = if (Curtain.hugeType) 8.dp else 26.dp).clearAndSetSemantics { contentDescription = spoken; liveRegion = LiveRegionMode.Assertive },
            ) {
                FixedText(
                    "${state.secondsLeft}", Curtain.type.display.copy(fontSize = 104.sp, lineHeight = 108.sp, fontWeight = FontWeight(600), letterSpacing = (-0.05).em),
                    Curtain.colors.ink,
                )
            }
            Text(words.wipeWhere(state.institution), Modifier.padding(top = 30.dp), color = Curtain.colors.ink, style = Curtain.type.title, textAlign = TextAlign.Center)
            Text(
                words.wipeWhat(listOf(words.receiptPatients(state.patients), words.receiptNotes(state.notes), words.receiptPhotos(state.photos)).joinToString(", ")),
                Modifier.padding(top = 6.dp).widthIn(max = 330.dp), color = Curtain.colors.ink2, style = Curtain.type.small, textAlign = TextAlign.Center,
            )
            CurtainCard(Modifier.padding(top = 26.dp)) {
                Fact(Icons.Key, words.wipeKeys)
                Fact(Icons.QrCode2, words.wipeReceipt)
            }
            Gap(24.dp)
            Caption(words.wipeNothing, align = TextAlign.Center)
            Gap(8.dp)
        }
    }
}

@Composable
private fun Fact(icon: ImageVector, text: String) {
    Row(Modifier.fillMaxWidth().defaultMinSize(minHeight = 36.dp), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
        Icon(icon, null, Modifier.size(24.dp), Curtain.colors.primary)
        Text(text, Modifier.weight(1f), color = Curtain.colors.ink, style = Curtain.type.small)
    }
}

@Composable
private fun Stop(actions: CountdownActions) {
    Row(
        Modifier.padding(start = 20.dp, end = 20.dp, top = 12.dp, bottom = 6.dp).fillMaxWidth().defaultMinSize(minHeight = 96.dp)
            .clip(RoundedCornerShape(Radius.sheet)).background(Curtain.colors.primary).clickable(role = Role.Button, onClick = actions::stop)
            .semantics(mergeDescendants = true) {}.padding(16.dp, 8.dp),
        Arrangement.spacedBy(10.dp, Alignment.CenterHorizontally), Alignment.CenterVertically,
    ) {
        Icon(Icons.Close, null, Modifier.size(30.dp), Curtain.colors.onPrimary)
        Text(Curtain.words.wipeStop, color = Curtain.colors.onPrimary, style = Curtain.type.title.copy(fontWeight = FontWeight(600)), textAlign = TextAlign.Center)
    }
}
