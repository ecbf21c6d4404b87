package org.curtain.simulator

import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.height
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.ChannelCell
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.ShellState
import org.curtain.kit.screen.Way
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.BottomBar
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.ChannelBar
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.QrCode
import org.curtain.ui.part.RootHeader
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.Tag
import org.curtain.ui.part.strong
import org.curtain.ui.theme.Curtain

/** The parts side by side, for whoever builds screens of them. */
val sketches: Map<String, Drawn> = mapOf(
    "parts" to Drawn { fixtures ->
        ScreenFrame(
            top = { RootHeader(Curtain.words.rootToday, Curtain.moments.weekday(fixtures.now)) { Tag(Curtain.words.kindHeld, icon = Icons.VerifiedUser) } },
            bottom = { BottomBar(ShellState(Place.Today, 0, 102), Silent.shell) },
        ) {
            SectionHead(Curtain.words.kindPhoto, count = "3")
            CurtainCard(flush = true) {
                ListRow("Rosa Delgado", second = AnnotatedString(Curtain.words.kindCommunication), lead = { Avatar("RD") }) { Tag(Curtain.words.barAllow, look = Look.ALLOW) }
                ListRow("Amir Haddad", second = AnnotatedString(Curtain.words.kindConsent), lead = { Avatar("AH") }, line = true, onClick = {}) { Tag(Curtain.words.barConsent, look = Look.CONSENT) }
            }
            Spacer(Modifier.height(12.dp))
            Banner(strong("Rosa. ", Curtain.words.kindConsent), look = Look.BLOCK)
            Spacer(Modifier.height(12.dp))
            Actions {
                CurtainButton(Curtain.words.done, {}, icon = Icons.Check)
                CurtainButton(Curtain.words.cancel, {}, look = ButtonLook.OUTLINE)
            }
            Spacer(Modifier.height(24.dp))
            ChannelBar(
                listOf(
                    ChannelCell(Way.PORTAL, Look.DOCUMENT, Curtain.words.barDocument, false, false), ChannelCell(Way.PHONE, Look.ALLOW, Curtain.words.barAllow, false, true),
                    ChannelCell(Way.SMS, Look.BLOCK, Curtain.words.barBlock, true, false), ChannelCell(Way.EMAIL, Look.REDIRECT, Curtain.words.barRedirect, false, false),
                    ChannelCell(Way.WHATSAPP, Look.OFF, Curtain.words.barOff, false, false),
                ),
                {},
            )
            Spacer(Modifier.height(12.dp))
            QrCode("CURTAIN", Curtain.words.done, Modifier.height(160.dp))
        }
    },
)
